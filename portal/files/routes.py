"""Stored files, to whoever knows their address."""

from pathlib import Path

from flask import Blueprint, current_app, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.core.db import db
from portal.core.errors import NotFoundError
from portal.files.models import StoredFile

bp = Blueprint("files", __name__)


@bp.get("/files/<key>")
def show_file(key: str) -> ResponseReturnValue:
    """Send a file; its content never changes under its address."""
    file = db.session.scalar(select(StoredFile).where(StoredFile.key == key))
    path: Path = current_app.extensions["settings"].uploads_dir / key[:2] / key
    if file is None or not path.is_file():
        raise NotFoundError("file")
    response = send_file(path, mimetype=file.media_type, download_name=file.name, max_age=365 * 24 * 3600)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response
