from pathlib import Path

import pytest

from portal.core.errors import InvalidError
from portal.knowledge.portable.folder import ExportFolder
from portal.knowledge.portable.layout import MANIFEST, UNFINISHED
from portal.knowledge.portable.manifest import Manifest

ONE, TWO = "articles/printing/one.en.md", "articles/labels/two.en.md"


def write(root: Path, files: dict[str, str], *, until: int | None = None) -> None:
    folder = ExportFolder(root)
    folder.begin(files.keys())
    for path, content in list(files.items())[:until]:
        folder.write(path, content)
    if until is None:
        folder.finish(Manifest(paths=files.keys()))


def files_of(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_what_an_export_no_longer_has_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "base", {ONE: "1", TWO: "2"})
    (tmp_path / "base/.git").mkdir()
    (tmp_path / "base/articles/labels/mine.txt").write_text("mine")
    write(tmp_path / "base", {TWO: "3"})
    assert files_of(tmp_path / "base").keys() == {TWO, MANIFEST, "articles/labels/mine.txt"}
    assert (tmp_path / "base" / TWO).read_text() == "3"
    assert not (tmp_path / "base/articles/printing").exists()
    assert (tmp_path / "base/.git").exists()


def test_an_interrupted_export_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    write(tmp_path, {ONE: "1", TWO: "2"})
    write(tmp_path, {ONE: "new", "articles/x/three.en.md": "3"}, until=1)
    assert not (tmp_path / MANIFEST).exists()
    assert (tmp_path / UNFINISHED).exists()
    write(tmp_path, {ONE: "newer"})
    assert files_of(tmp_path).keys() == {ONE, MANIFEST}


def test_an_interruption_after_the_last_file_counts_as_one(tmp_path: Path) -> None:
    write(tmp_path, {ONE: "1"}, until=1)
    assert {MANIFEST, UNFINISHED} & files_of(tmp_path).keys() == {UNFINISHED}


@pytest.mark.parametrize("name", ["notes.txt", "README.md", "articles"])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(InvalidError, match="not empty and holds no export"):
        ExportFolder(tmp_path)
    assert files_of(tmp_path) == {name: "mine"}


def test_a_folder_with_a_history_alone_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, {ONE: "1"})
    assert ONE in files_of(tmp_path)


def test_a_file_that_a_person_added_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path, {ONE: "1"})
    (tmp_path / "articles/printing/new.en.md").write_text("mine")
    before = files_of(tmp_path)
    with pytest.raises(InvalidError, match="was not written by an export"):
        write(tmp_path, {ONE: "2", "articles/printing/new.en.md": "theirs"})
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("link", ["articles", "articles/printing"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    write(tmp_path / "base", {TWO: "2"} if link != "articles" else {"files/x.png": "x"})
    (tmp_path / "base" / link).symlink_to(outside)
    with pytest.raises(InvalidError, match="is a link"):
        write(tmp_path / "base", {ONE: "1"})
    assert list(outside.iterdir()) == []


def test_a_link_in_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("theirs")
    write(tmp_path / "base", {ONE: "1"})
    (tmp_path / "base" / ONE).unlink()
    (tmp_path / "base" / ONE).symlink_to(tmp_path / "outside")
    write(tmp_path / "base", {ONE: "theirs"})
    assert not (tmp_path / "base" / ONE).is_symlink()
    assert (tmp_path / "outside").read_text() == "theirs"


@pytest.mark.parametrize(
    "path", ["../outside", "articles/../../outside", "articles/x/../../../outside", "/etc/x"]
)
def test_a_manifest_cannot_have_files_outside_taken_away(tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").write_text("theirs")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / MANIFEST).write_text(str(Manifest(paths={path, ONE})))
    write(tmp_path / "base", {TWO: "2"})
    assert (tmp_path / "outside").read_text() == "theirs"


@pytest.mark.parametrize("path", ["mine.txt", "articles/mine.txt", ".git/config"])
def test_a_manifest_cannot_have_files_of_others_taken_away(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("mine")
    (tmp_path / MANIFEST).write_text(str(Manifest(paths={path, ONE})))
    write(tmp_path, {TWO: "2"})
    assert (tmp_path / path).read_text() == "mine"


def test_files_that_are_the_same_are_left_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, {ONE: "1"})
    before = (tmp_path / ONE).stat()
    write(tmp_path, {ONE: "1"})
    assert (tmp_path / ONE).stat().st_ino == before.st_ino
