"""Pictures: how large they are shown, and those that people send drawn anew without all that is not seen."""

import io
import struct
import zlib
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps
from PIL.ExifTags import Base as ExifTag
from PIL.JpegImagePlugin import JpegImageFile

from portal.core.errors import InvalidError
from portal.core.i18n import N_

LARGEST_PIXELS: Final = 50_000_000

Image.MAX_IMAGE_PIXELS = None  # Only `redrawn` decodes, and counts the pixels first.

_READABLE: Final = ("PNG", "JPEG", "GIF", "WEBP")
_DAMAGE: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)
_WRITTEN_AS: Final = {"PNG": "PNG", "GIF": "PNG", "JPEG": "JPEG", "WEBP": "WEBP"}
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})  # EXIF orientations in which width and height are exchanged.


def size_of(content: bytes) -> tuple[int, int] | None:
    """Return the width and height in pixels as shown, read from the header; None for no picture."""
    try:
        with Image.open(io.BytesIO(content), formats=_READABLE) as image:
            turned = _kind(image) == "JPEG" and image.getexif().get(ExifTag.Orientation) in _SIDEWAYS
            return (image.height, image.width) if turned else image.size
    except _DAMAGE:
        return None


def redrawn(name: str, content: bytes) -> tuple[bytes, bool]:
    """Return a picture upright, in sRGB and without its metadata, and whether it is all that is left of more.

    Of an animation that is the first frame: readers could not stop it.

    Raises:
        InvalidError: it is damaged, or has more than 50 megapixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_READABLE) as image:
            pixels = image.width * image.height
            if pixels <= LARGEST_PIXELS:
                return _written(image), _kind(image) != "JPEG" and getattr(image, "is_animated", False)
    except _DAMAGE as error:
        raise InvalidError(
            N_("%(name)s is damaged. Open it in an image program, save it again and send that."), name=name
        ) from error
    raise InvalidError(
        N_("%(name)s has %(megapixels)d megapixels, more than 50. Make it smaller and try again."),
        name=name,
        megapixels=-(-pixels // 1_000_000),
    )


def _kind(image: Image.Image) -> str:
    """Return the format; a camera's file of several pictures is a JPEG to everyone else."""
    return "JPEG" if image.format == "MPO" else str(image.format)


def _written(image: Image.Image) -> bytes:
    form = _WRITTEN_AS[_kind(image)]
    options: dict[str, Any] = {"quality": 90} if form == "WEBP" else {}
    if isinstance(image, JpegImageFile):  # Written as finely as it was.
        options = {"qtables": image.quantization, "optimize": True, "progressive": True}
    image = _in_srgb(ImageOps.exif_transpose(image))
    if form == "JPEG" and image.mode != "L":
        image = image.convert("RGB")
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the same colours without a profile; a profile that is wrong says nothing."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK"}:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError):
        return image
