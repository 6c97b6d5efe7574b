"""Stored files, to whoever knows their address, and the way in for new ones."""

from pathlib import Path

from flask import Blueprint, current_app, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.datastructures import FileStorage

from portal.accounts.current import current_actor
from portal.content.images import markdown_of
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError, NotFoundError
from portal.files import policies, queries, service
from portal.files.models import StoredFile
from portal.files.rules import path_of, place_of
from portal.files.service import Upload
from portal.web.limits import limiter

bp = Blueprint("files", __name__, url_prefix="/files")


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].uploads_dir
    return folder


@bp.get("/<name>")
def show_file(name: str) -> ResponseReturnValue:
    """Send a file, or the part of it that is asked for; its content never changes under its address."""
    file = queries.file_of(db.session(), name.partition(".")[0])
    path = place_of(file, _folder())
    if path_of(file) != request.path or not path.is_file():
        raise NotFoundError("file")
    response = send_file(path, mimetype=file.media_type, download_name=file.name, max_age=365 * 24 * 3600)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


@bp.get("/new")
@login_required
def new_file() -> ResponseReturnValue:
    """Offer the form for a file, to browsers in which the editor cannot take it."""
    if not policies.may_upload(current_actor()):
        raise ForbiddenError("add files")
    return render_template("files/new.html")


@bp.post("")
@login_required
@limiter.limit("60 per minute")
def create_file() -> ResponseReturnValue:
    """Keep a picture or a video, and say how to write it into a text."""
    actor, sent = current_actor(), request.files.get("file", FileStorage())
    upload = service.prepare(actor, name=sent.filename or "", content=sent.read())
    with transaction() as session:
        file = service.store(
            session,
            folder=_folder(),
            name=upload.name,
            content=upload.content,
            user_id=actor.user_id,
            now=utc_now(),
        )
    return _created(upload, file)


def _created(upload: Upload, file: StoredFile) -> ResponseReturnValue:
    url = path_of(file)
    markdown = markdown_of(url, request.form.get("alt", ""))
    notice = (
        _("Only the first picture of the animation was kept. To show movement, upload an MP4 or WebM video.")
        if upload.was_animated
        else ""
    )
    if request.accept_mimetypes.best == "application/json":
        return jsonify(url=url, markdown=markdown, width=file.width, height=file.height, notice=notice), 201
    return render_template("files/new.html", file=file, url=url, markdown=markdown, notice=notice), 201
