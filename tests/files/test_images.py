"""Pictures are drawn anew: upright, in colours every browser shows, and saying nothing but what is seen."""

import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD
from PIL.ExifTags import Base as ExifTag
from PIL.PngImagePlugin import PngInfo

from portal.core.errors import InvalidError
from portal.files.images import redrawn, size_of
from tests.files.pictures import BLUE, RED, decoded, encoded, halves

SECRET = "35 Kitashirakawa, near the canal"
FORMS = ("PNG", "JPEG", "GIF", "WEBP")


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 12 for one, other in zip(pixel[:3], colour, strict=True))


def telling_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTag.Orientation] = orientation
    exif[ExifTag.ImageDescription] = SECRET
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSAreaInformation] = SECRET.encode()
    return exif


@pytest.mark.parametrize("form", FORMS)
def test_pictures_of_each_format_come_through(form: str) -> None:
    content, was_animated = redrawn("a", encoded(halves(), form))
    picture = decoded(content).convert("RGB")

    assert not was_animated
    assert size_of(content) == picture.size == (40, 20)
    assert is_near(picture.getpixel((2, 10)), RED)
    assert is_near(picture.getpixel((37, 10)), BLUE)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_nothing_is_told_but_what_is_seen(form: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    notes = PngInfo()
    notes.add_text("Comment", SECRET)
    notes.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    told = {"exif": telling_exif(), "icc_profile": profile, "xmp": SECRET.encode(), "comment": SECRET}
    sent = encoded(halves(), form, pnginfo=notes, **told)
    kept, _ = redrawn("a", sent)

    assert SECRET.encode() in sent
    assert SECRET.encode() not in kept
    assert not {"exif", "icc_profile", "xmp", "comment", "Comment"} & decoded(kept).info.keys()
    assert not dict(decoded(kept).getexif())


def test_a_picture_taken_sideways_stands_upright() -> None:
    sent = encoded(halves(), "JPEG", exif=telling_exif(orientation=6), quality=95)
    kept, _ = redrawn("a", sent)
    picture = decoded(kept)

    assert size_of(sent) == size_of(kept) == picture.size == (20, 40)
    assert is_near(picture.getpixel((10, 4)), RED)
    assert is_near(picture.getpixel((10, 36)), BLUE)


def test_colours_for_print_become_colours_for_screens() -> None:
    picture = decoded(redrawn("a", encoded(halves(mode="CMYK"), "JPEG", quality=95))[0])

    assert picture.mode == "RGB"
    assert is_near(picture.getpixel((2, 10)), RED)


def test_colours_are_those_that_the_picture_s_profile_means() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = srgb.replace(b"rXYZ", b"....").replace(b"bXYZ", b"rXYZ").replace(b"....", b"bXYZ")

    for profile, seen in ((srgb, RED), (exchanged, BLUE), (b"no profile", RED)):
        picture = decoded(redrawn("a", encoded(halves(), icc_profile=profile))[0])
        assert is_near(picture.getpixel((2, 10)), seen)


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP"])
def test_of_an_animation_the_first_frame_stays(form: str) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in (BLUE, RED, RED)]
    sent = encoded(frames[0], form, save_all=True, append_images=frames[1:])
    kept, was_animated = redrawn("a", sent)

    assert was_animated
    assert getattr(decoded(kept), "n_frames", 1) == 1
    assert is_near(decoded(kept).convert("RGB").getpixel((5, 5)), BLUE)


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP"])
def test_what_is_transparent_stays_so(form: str) -> None:
    image = halves(mode="RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.paste((0, 0, 0, 0), (0, 0, 10, 20))
    kept = decoded(redrawn("a", encoded(image, form))[0]).convert("RGBA")

    assert kept.getpixel((2, 10))[3] == 0  # type: ignore[index]  # A pixel of four bands is a tuple.
    assert kept.getpixel((37, 10))[3] == 255  # type: ignore[index]


def test_a_photo_is_written_as_finely_as_it_was() -> None:
    noise = Image.effect_noise((300, 300), 80)
    rough, fine = (encoded(noise, "JPEG", quality=quality) for quality in (30, 90))

    assert len(redrawn("a", rough)[0]) < 1.1 * len(rough) < len(redrawn("a", fine)[0])


def test_too_many_pixels_are_refused_before_they_are_unpacked() -> None:
    bomb = encoded(Image.new("1", (8000, 6251)))

    assert len(bomb) < 20_000
    assert size_of(bomb) == (8000, 6251)
    with pytest.raises(InvalidError, match=r"map\.png has 51 megapixels"):
        redrawn("map.png", bomb)


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_picture_is_refused_in_words(form: str) -> None:
    whole = encoded(Image.effect_noise((200, 200), 80), form)
    for content in (whole[: len(whole) // 2], whole[:20], whole[:40] + bytes(30)):
        with pytest.raises(InvalidError, match=r"a\.png is damaged"):
            redrawn("a.png", content)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"GIF89a"])
def test_no_picture_has_no_size(content: bytes) -> None:
    assert size_of(content) is None
