import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.knowledge.models import Article, Translation
from portal.search.models import SearchDocument

CENTRES = Path(__file__).parents[2] / "../shared/data/help-center"
LINK = re.compile(r'href="/help/(\w+)/articles/(\d+)-[^"#]*#?([^"]*)"')
Portal = Callable[..., Result]


@pytest.fixture
def kb_import(app: Flask) -> Portal:
    def run(*arguments: str | Path) -> Result:
        return app.test_cli_runner().invoke(args=["kb", "import", *map(str, arguments)])

    return run


def folder_of(tmp_path: Path, **files: str | bytes) -> Path:
    folder = tmp_path / "hakobu/en"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.md").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def titles(session: Session) -> set[str]:
    session.rollback()
    return set(session.scalars(select(Translation.title)))


def test_it_ends_with_counts(kb_import: Portal, session: Session, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, labels="# Labels\n\nPrint.\n", empty="---\ntitle: Empty\n---\n")
    result = kb_import(folder, "--language", "en", "--publish")
    assert "1 imported, 0 updated, 0 unchanged, 1 skipped" in result.stdout
    assert titles(session) == {"Labels"}
    assert "0 imported, 0 updated, 1 unchanged" in kb_import(folder, "--language", "en").stdout


def test_counts_as_json(kb_import: Portal, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, labels="# Labels\n\nPrint. <Unknown/>\n")
    result = kb_import(folder, "--language", "en", "--json", "--format", "docusaurus")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["imported"], told["problems"]) == (0, 1, 0)
    assert sum(told["dropped"].values()) == 1


def test_all_that_was_left_out_is_listed_on_request(kb_import: Portal, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, labels="# Labels\n\nPrint. <Unknown/>\n")
    arguments = (folder, "--language", "en", "--format", "docusaurus")
    assert "labels.md:3: left out: " in kb_import(*arguments, "--verbose").stdout
    assert "labels.md:3" not in kb_import(*arguments).stdout


def test_bad_files_are_reported_and_the_rest_goes_in(
    kb_import: Portal, session: Session, tmp_path: Path
) -> None:
    folder = folder_of(
        tmp_path,
        good="# Good\n\nWords.\n",
        matter="---\ntitle: [never closed\n---\nWords.\n",
        bytes=b"# Bytes\n\n\xff\xfe\n",
        leaving="# Leaving\n\n[secret](../../../../etc/passwd)\n",
        lost="# Lost\n\n[gone](gone.md)\n",
    )
    (folder / "link.md").symlink_to("/etc/hostname")
    result = kb_import(folder, "--language", "en")
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    for name, line in (("matter", ":3"), ("bytes", ":3"), ("leaving", ":3"), ("lost", ":3"), ("link", "")):
        assert [message for message in told if message.startswith(f"{folder / name}.md{line}: ")], told
    assert titles(session) == {"Good", "Leaving", "Lost"}


@pytest.mark.parametrize(
    "arguments",
    [["--language", "fr"], [], ["--language", "en", "--format", "word"], ["--language", "en", "--what"]],
)
def test_what_cannot_be_understood_is_refused(
    kb_import: Portal, tmp_path: Path, arguments: list[str]
) -> None:
    assert kb_import(folder_of(tmp_path, labels="Words."), *arguments).exit_code == 2


def test_a_folder_that_is_not_there_is_refused(kb_import: Portal, tmp_path: Path) -> None:
    assert kb_import(tmp_path / "nothing", "--language", "en").exit_code == 2


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not CENTRES.exists(), reason="the real help centres are not in ../shared/data")
@pytest.mark.parametrize(
    ("product", "counts", "articles"),
    [
        ("growi", {"en": 154, "ja": 168}, 167),
        pytest.param("dify", {"en": 287, "ja": 287}, 287, marks=pytest.mark.whole),
        pytest.param("sendgrid", {"en": 473}, 473, marks=pytest.mark.whole),
    ],
)
def test_real_help_centres_come_in_whole_and_once(
    kb_import: Portal, session: Session, product: str, counts: dict[str, int], articles: int
) -> None:
    def bring_in(language: str) -> dict[str, int]:
        result = kb_import(CENTRES / product / language, "--language", language, "--publish", "--json")
        told: dict[str, int] = json.loads(result.stdout)
        return told

    for language, count in counts.items():
        told = bring_in(language)
        assert (told["updated"], told["failed"]) == (0, 0)
        assert told["imported"] + told["skipped_because"].get("no text", 0) == count  # type: ignore[attr-defined]  # A mapping in the mapping.
    for language in counts:
        again = bring_in(language)
        assert (again["imported"], again["updated"], again["failed"]) == (0, 0, 0)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Article)) == articles
    assert session.scalar(select(func.count()).select_from(SearchDocument)) == session.scalar(
        select(func.count()).select_from(Translation)
    )
    texts = session.scalars(select(Translation)).all()
    anchors = {(text.article_id, text.language): {item[1] for item in text.headings} for text in texts}
    for text in texts:
        assert "engawa:" not in text.body_html
        for language, article_id, anchor in LINK.findall(text.body_html):
            assert unquote(anchor) in anchors[int(article_id), language] | {""}, text.title
