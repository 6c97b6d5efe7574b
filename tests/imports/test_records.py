from pathlib import Path

import pytest

from portal.imports.folder import Folder
from portal.imports.records import DataFile, Record, read_files


def read(tmp_path: Path, **files: str | bytes) -> tuple[list[DataFile], list[tuple[str, int | None, str]]]:
    for name, content in files.items():
        stem, _, suffix = name.rpartition("_")
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / f"{stem}.{suffix}").write_bytes(data)
    folder = Folder(tmp_path, language="")
    found = list(read_files(folder, only=None))
    return found, [(item.path, item.line, item.message) for item in folder.problems]


def test_json_lines_and_tables_are_read(tmp_path: Path) -> None:
    found, problems = read(
        tmp_path, a_json='{"b": 1}', c_jsonl='{"d": 2}\n\n{"d": 3}\n', e_csv='1,"f, g"\n', h_txt="x"
    )
    assert [(file.path, file.content) for file in found] == [
        ("a.json", {"b": 1}),
        ("c.jsonl", [{"d": 2}, {"d": 3}]),
        ("e.csv", [["1", "f, g"]]),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("a_json", '{\n"b": \n', 3, "not JSON: Expecting value"),
        ("a_jsonl", "{}\n{\n", 2, "not JSON: "),
        ("a_json", b'"\xff"', 1, "file is not UTF-8 (byte 0xff)"),
        ("a_csv", '1,"b', None, "cannot be read: "),
        ("a_json", "[" * 100_000, None, "cannot be read: "),
    ],
)
def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(
    tmp_path: Path, name: str, content: str | bytes, line: int | None, message: str
) -> None:
    found, problems = read(tmp_path, **{name: content, "z_json": "[]"})
    assert [file.path for file in found] == ["z.json"]
    ((path, where, said),) = problems
    assert (path, where) == (name.replace("_", "."), line)
    assert said.startswith(message)


def test_one_file_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    (tmp_path / "b.json").write_text("[]")
    folder = Folder(tmp_path, language="")
    assert [file.path for file in read_files(folder, only="b.json")] == ["b.json"]


def test_a_record_gives_what_is_asked_for_or_nothing() -> None:
    record = Record("a", {"b": " x ", "c": 3, "d": True, "e": None, "f": [1, "y", None, {}], "g": {"h": "z"}})
    assert (record.text("e", "b"), record.text("c"), record.text("f"), record.text("nothing")) == (
        "x",
        "3",
        "",
        "",
    )
    assert (record.number("c"), record.number("b"), record.number("d")) == (3, 0, 0)
    assert (record.is_true("d"), record.is_true("e")) == (True, False)
    assert record.texts("f") == ["1", "y"]
    assert record.record("g").text("h") == "z"
    assert record.record("b").values == {}
    assert [inner.values for inner in record.records("f")] == [{}]
    assert record.records("e") == []


@pytest.mark.parametrize(("value", "number"), [(-2, -2), ("0012", 12), ("1e3", 0), (10**12, 0), ("²", 0)])
def test_only_whole_numbers_that_a_database_holds_are_numbers(value: object, number: int) -> None:
    assert Record("a", {"b": value}).number("b") == number
