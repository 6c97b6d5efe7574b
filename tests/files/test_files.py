"""Stored images: by their content, once, and never anything that runs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import InvalidError
from portal.files import service
from portal.files.models import StoredFile
from portal.files.rules import path_of
from tests.factories import NOW

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
IMAGES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(64),
    "image/gif": b"GIF89a" + bytes(64),
    "image/webp": b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(64),
}
Store = Callable[..., StoredFile]


@pytest.fixture
def folder(app: Flask) -> Path:
    path: Path = app.extensions["settings"].uploads_dir
    return path


@pytest.fixture
def store(session: Session, folder: Path) -> Store:
    def run(content: bytes, name: str = "labels.png") -> StoredFile:
        file = service.store(session, folder=folder, name=name, content=content, now=NOW)
        session.commit()
        return file

    return run


@pytest.mark.parametrize("media_type", IMAGES)
def test_images_are_known_by_their_content(store: Store, client: FlaskClient, media_type: str) -> None:
    file = store(IMAGES[media_type], "anything.exe")
    answer = client.get(path_of(file), buffered=True)

    assert (answer.status_code, answer.data, answer.mimetype) == (200, IMAGES[media_type], media_type)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"GIF",
        b"%PDF-1.7",
        b"RIFF\x10\x00\x00\x00WAVEfmt ",
        b" " + PNG,
    ],
)
def test_nothing_else_is_kept(store: Store, folder: Path, content: bytes) -> None:
    with pytest.raises(InvalidError):
        store(content, "labels.png")
    assert not folder.exists()


def test_too_large_is_refused(store: Store) -> None:
    with pytest.raises(InvalidError):
        store(PNG + bytes(service.LARGEST_BYTES))


def test_the_same_content_is_the_same_file(session: Session, store: Store, folder: Path) -> None:
    first, second = store(PNG, "a.png"), store(PNG, "b.png")

    assert first is second
    assert first.name == "a.png"
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 1
    assert [path.read_bytes() for path in folder.rglob("*") if path.is_file()] == [PNG]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "x" * 500, "写真.png", 'a"\r\nb.png'])
def test_a_name_is_only_a_name(store: Store, client: FlaskClient, folder: Path, name: str) -> None:
    file = store(PNG, name)
    answer = client.get(path_of(file), buffered=True)

    assert answer.status_code == 200
    assert len(file.name) <= 200
    assert "/" not in file.name
    assert all(path.is_relative_to(folder) for path in folder.rglob("*"))


def test_a_file_never_changes_under_its_address(store: Store, client: FlaskClient) -> None:
    answer = client.get(path_of(store(PNG)), buffered=True)

    assert answer.cache_control.immutable
    assert answer.cache_control.max_age == 365 * 24 * 3600
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_what_is_not_there_is_not_found(store: Store, client: FlaskClient, folder: Path) -> None:
    file = store(PNG)
    (folder / file.key[:2] / file.key).unlink()

    for path in (path_of(file), "/files/made-up", "/files/..%2f..%2fsecret", "/files/"):
        assert client.get(path).status_code == 404
