"""What staff send: kept without what it should not tell, answered with what to write, or refused in words."""

import io
from collections.abc import Callable

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.files import service
from portal.files.models import StoredFile
from portal.files.queries import sizes_of
from portal.files.rules import path_of
from portal.web.limits import limiter
from tests.factories import NOW, make_customer, make_user
from tests.files.pictures import MP4, WEBM, decoded, encoded, halves

JSON = {"Accept": "application/json"}
Browse = Callable[[User], FlaskClient]
Send = Callable[..., TestResponse]


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def send(browser_of: Browse, staff: User) -> Send:
    browser = browser_of(staff)

    def run(
        content: bytes, name: str = "shot.png", alt: str = "", accept: str = "application/json"
    ) -> TestResponse:
        parts = ((f'name="file"; filename="{name}"', content), ('name="alt"', alt.encode()))
        body = b"".join(
            f"--part\r\nContent-Disposition: form-data; {about}\r\n\r\n".encode() + value + b"\r\n"
            for about, value in parts
        )
        multipart = "multipart/form-data; boundary=part"
        return browser.post(
            "/files", data=body + b"--part--\r\n", content_type=multipart, headers={"Accept": accept}
        )

    return run


def test_a_picture_is_kept_and_can_be_written_into_a_text(
    send: Send, session: Session, staff: User, client: FlaskClient
) -> None:
    answer = send(encoded(halves(), "JPEG", comment="a secret"), "庭.jpg")
    file = session.scalars(select(StoredFile)).one()

    assert answer.status_code == 201
    url = f"/files/{file.key}"
    expected = {"url": url, "markdown": f"![]({url})", "width": 40, "height": 20, "notice": ""}
    assert answer.json == expected
    assert (file.name, file.user_id, file.width, file.height) == ("庭.jpg", staff.id, 40, 20)
    with client.get(url) as shown:
        assert shown.mimetype == "image/jpeg"
        assert decoded(shown.data).size == (40, 20)
        assert b"secret" not in shown.data


def test_the_same_picture_twice_is_one_file(send: Send, session: Session) -> None:
    content = encoded(halves())

    assert send(content).json == send(content, "again.png").json
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 1


def test_an_animation_is_cut_and_that_is_said(send: Send) -> None:
    frames = [Image.new("L", (9, 9), shade) for shade in (0, 90, 200)]
    answer = send(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).json

    assert answer is not None
    assert "MP4 or WebM" in answer["notice"]


@pytest.mark.parametrize(("content", "kind"), [(MP4, "mp4"), (WEBM, "webm")], ids=["mp4", "webm"])
def test_a_video_is_kept_and_sent_in_the_parts_that_are_asked_for(
    send: Send, client: FlaskClient, content: bytes, kind: str
) -> None:
    answer = send(content, "tour.bin", alt="A tour").json

    assert answer is not None
    assert answer["markdown"] == f"![A tour]({answer['url']})"
    assert answer["width"] is None
    assert answer["url"].endswith(f".{kind}")
    with client.get(answer["url"], headers={"Range": "bytes=4-11"}) as part:
        assert (part.status_code, part.data, part.mimetype) == (206, content[4:12], f"video/{kind}")
    assert client.get(answer["url"].partition(".")[0]).status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "Choose a file first."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "Save it as one of these"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(99), 415, "Save it as one of these"),
        (b"\x1aE\xdf\xa3 matroska" + bytes(99), 415, "Save it as one of these"),
        (encoded(halves())[:60], 422, "shot.png is damaged."),
        (encoded(Image.new("1", (9000, 9000))), 422, "81 megapixels, more than 50. Make it smaller"),
        (MP4 + bytes(service.LARGEST_BYTES), 413, "shot.png is larger than 10 MB. Make it smaller"),
        (MP4 + bytes(13_000_000), 413, ""),
    ],
    ids=["nothing", "svg", "heic", "mkv", "damaged", "many pixels", "many bytes", "far too many bytes"],
)
def test_what_cannot_be_kept_is_refused_in_words(
    send: Send, session: Session, content: bytes, status: int, words: str
) -> None:
    answer, page = send(content), send(content, accept="text/html")

    assert answer.status_code == page.status_code == status
    assert answer.json is not None
    assert words in answer.json["detail"]
    assert words in page.text
    assert session.scalars(select(StoredFile)).all() == []


def test_only_staff_add_files(app: Flask, session: Session, client: FlaskClient, browser_of: Browse) -> None:
    customer = browser_of(make_customer(session))
    form = {"file": (io.BytesIO(encoded(halves())), "a.png")}

    assert customer.post("/files", data=form, headers=JSON).status_code == 403
    assert customer.get("/files/new").status_code == 403
    assert client.post("/files").status_code == 302
    assert session.scalars(select(StoredFile)).all() == []


def test_a_page_takes_files_where_no_script_runs(send: Send, browser_of: Browse, staff: User) -> None:
    form = html5lib.parse(browser_of(staff).get("/files/new").text, namespaceHTMLElements=False).find(
        ".//main//form"
    )
    page = html5lib.parse(
        send(encoded(halves()), alt='A "red" [wall]', accept="text/html").data, namespaceHTMLElements=False
    )
    line = page.find(".//input[@id='markdown']")

    assert form is not None
    assert (form.get("action"), form.get("enctype")) == ("/files", "multipart/form-data")
    assert {field.get("name") for field in form.iter("input")} == {"csrf_token", "file", "alt"}
    assert line is not None
    assert str(line.get("value")).startswith(r'![A "red" \[wall\]](/files/')


def test_uploads_are_limited(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    limiter.reset()
    statuses = [send(MP4).status_code for _ in range(61)]
    limiter.reset()

    assert (statuses[0], statuses[59], statuses[60]) == (201, 201, 429)


def test_sizes_are_those_of_the_pictures_in_a_text(app: Flask, session: Session) -> None:
    def keep(content: bytes) -> str:
        folder = app.extensions["settings"].uploads_dir
        file = service.store(session, folder=folder, name="a", content=content, now=NOW)
        return path_of(file)

    wide, other, video = keep(encoded(halves())), keep(encoded(halves(7, 5))), keep(MP4)
    broken = keep(b"\x89PNG\r\n\x1a\n" + bytes(64))
    html = "".join(f'<img alt="" src="{path}">' for path in (wide, wide, video, broken, "/files/" + "0" * 40))

    assert sizes_of(session, html) == {wide: (40, 20)}
    assert sizes_of(session, f'<a href="{other}">') == {other: (7, 5)}
    assert sizes_of(session, "<p>None</p>") == {}
