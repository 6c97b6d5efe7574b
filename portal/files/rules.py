"""Where files lie, and at which addresses pages show them."""

from pathlib import Path
from typing import Final

from portal.files.models import StoredFile

_VIDEO_ENDINGS: Final = {"video/mp4": ".mp4", "video/webm": ".webm"}


def place_of(file: StoredFile, folder: Path) -> Path:
    """Return where a file's content lies in storage."""
    return folder / file.key[:2] / file.key


def path_of(file: StoredFile) -> str:
    """Return the address of a file; that of a video says what it is."""
    return f"/files/{file.key}{_VIDEO_ENDINGS.get(file.media_type, '')}"
