"""Files of posts: the way in, with or without a script."""

from flask import Blueprint, flash, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.core.errors import InvalidError
from portal.files.attachments.routes import keep_sent, notice_of
from portal.files.attachments.rules import path_of, written
from portal.forum.drafts.routes import keep_and_return
from portal.web.errors import explain
from portal.web.limits import limiter

bp = Blueprint("forum_attachments", __name__, url_prefix="/attachments")


@bp.post("")
@login_required
@limiter.limit("60 per minute")
def create_file() -> ResponseReturnValue:
    """Keep a file and say how to write it into a text; without a script, the draft of its form holds it."""
    if request.accept_mimetypes.best == "application/json":
        upload, file = keep_sent()
        return jsonify(url=path_of(file), markdown=written(file), notice=notice_of(upload)), 201
    try:
        upload, file = keep_sent()
    except InvalidError as error:
        flash(explain(error), "error")
        return keep_and_return(request.form.get("body", ""))
    flash(" ".join([_("The file stands at the end of your text."), notice_of(upload)]), "success")
    return keep_and_return(f"{request.form.get('body', '')}\n\n{written(file)}".strip())
