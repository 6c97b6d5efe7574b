"""Which files people may add, where they lie, and how texts name them."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePath
from typing import Final

from portal.content.images import markdown_of
from portal.files.attachments.models import Attachment
from portal.files.service import media_type_of

_ADDRESS: Final = re.compile(r"/attachments/([0-9a-f]{32})(?![0-9a-z])")
_MARKUP: Final = re.compile(r"\s*<(?:!doctype|html|head|body|script|svg|\?xml)", re.IGNORECASE)
_NEVER_TYPED: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ENCODINGS: Final = ("utf-8-sig", "cp932")
_DAMAGE: Final = (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error)
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"


def _is_text(content: bytes) -> bool:
    """Tell whether this is text, in UTF-8, UTF-16 or Shift JIS, that no browser takes for a page."""
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not _NEVER_TYPED.search(text) and not _MARKUP.match(text)
    return False


def _begins_with(signature: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signature)


def _is_zip(*parts: str) -> Callable[[bytes], bool]:
    """Tell whether this is a ZIP file that lists all these; nothing is unpacked."""

    def is_one(content: bytes) -> bool:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return content.startswith(b"PK") and set(parts).issubset(archive.namelist())
        except _DAMAGE:
            return False

    return is_one


def _office(part: str) -> Callable[[bytes], bool]:
    return _is_zip("[Content_Types].xml", part)


# The ending that a name has to have → the media type, and what the content has to prove.
KINDS: Final[Mapping[str, tuple[str, Callable[[bytes], bool]]]] = {
    **dict.fromkeys((".csv", ".json", ".log", ".md", ".txt"), ("text/plain", _is_text)),
    ".docx": (f"{_OFFICE}.wordprocessingml.document", _office("word/document.xml")),
    ".gz": ("application/gzip", _begins_with(b"\x1f\x8b\x08")),
    ".pdf": ("application/pdf", _begins_with(b"%PDF-")),
    ".pptx": (f"{_OFFICE}.presentationml.presentation", _office("ppt/presentation.xml")),
    ".xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    ".zip": ("application/zip", _is_zip()),
}


def type_of(name: str, content: bytes) -> str | None:
    """Return the media type that the content proves: of a picture, a video, or what the name's ending says.

    None when it is nothing that people may add.
    """
    media_type, is_one = KINDS.get(PurePath(name).suffix.lower(), (None, lambda _content: False))
    return media_type_of(content) or (media_type if is_one(content) else None)


def place_of(attachment: Attachment, folder: Path) -> Path:
    """Return where a file lies in storage."""
    return folder / "attachments" / attachment.token[:2] / attachment.token


def path_of(attachment: Attachment) -> str:
    """Return the address of a file."""
    return f"/attachments/{attachment.token}"


def written(attachment: Attachment) -> str:
    """Return the Markdown that shows a picture, or leads to any other file with its name and size."""
    if attachment.is_picture:
        return markdown_of(path_of(attachment), attachment.name)
    return markdown_of(path_of(attachment), f"{attachment.name} ({_size(attachment.size_bytes)})")[1:]


def _size(size_bytes: int) -> str:
    kilobytes = max(1, round(size_bytes / 1000))
    return f"{kilobytes} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"  # noqa: PLR2004  # kB in an MB.


def tokens_in(text: str) -> AbstractSet[str]:
    """Return the tokens of the files that a text names."""
    return frozenset(_ADDRESS.findall(text))
