"""Files that people added: what they send, and the way to those who may see it."""

from pathlib import Path
from typing import Final

from flask import Blueprint, current_app, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import NotFoundError
from portal.files.attachments import queries, service
from portal.files.attachments.models import Attachment
from portal.files.attachments.rules import place_of
from portal.files.service import Upload

bp = Blueprint("attachments", __name__, url_prefix="/attachments")

SANDBOX: Final = "default-src 'none'; sandbox"


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].uploads_dir
    return folder


@bp.get("/<token>")
def show_file(token: str) -> ResponseReturnValue:
    """Send a file; browsers ask again each time whether the reader may still see it."""
    homes = current_app.extensions["file_homes"]
    file = queries.file_for(db.session(), current_actor(), token, homes)
    path = place_of(file, _folder())
    if not path.is_file():
        raise NotFoundError("file")
    response = send_file(
        path, mimetype=file.media_type, as_attachment=not file.is_picture, download_name=file.name
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def keep_sent() -> tuple[Upload, Attachment]:
    """Keep the file that was sent."""
    sent = request.files.get("file", FileStorage())
    upload = service.prepare(name=sent.filename or "", content=sent.read())
    with transaction() as session:
        file = service.keep(session, actor=current_actor(), folder=_folder(), upload=upload, now=utc_now())
    return upload, file


def notice_of(upload: Upload) -> str:
    """Say what became of an animation; empty if it was none."""
    words: str = _("Only the first picture of the animation was kept.") if upload.was_animated else ""
    return words
