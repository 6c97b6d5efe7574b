"""Exports of other products that nobody here wrote."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.knowledge.models import Article, Section, Translation

EXPORTS = Path(__file__).parents[2].parent / "shared/data/imports"
Run = Callable[..., dict[str, Any]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real,
    pytest.mark.skipif(not EXPORTS.is_dir(), reason="needs ../shared/data/imports"),
]


@pytest.fixture
def run(app: Flask) -> Run:
    def invoke(*arguments: str | Path) -> dict[str, Any]:
        given = [*map(str, arguments), "--publish", "--json"]
        told: dict[str, Any] = json.loads(app.test_cli_runner().invoke(args=given).stdout)
        return told

    return invoke


@pytest.mark.parametrize(
    ("arguments", "imported", "unread"),
    [
        (["import", "kitsune", EXPORTS / "kitsune"], 174, {"has no articles": 1}),
        (["import", "intercom", EXPORTS / "intercom"], 7, {"not of a help center": 24, "no text": 3}),
        (
            ["import", "phpmyfaq", EXPORTS / "phpmyfaq"],
            3,
            {"not a list of questions": 18, "second text in en": 2},
        ),
        (["kb", "import", EXPORTS / "docusaurus-plausible/docs", "--language", "en"], 132, {}),
    ],
)
def test_exports_come_in_whole_and_once(
    run: Run, session: Session, arguments: list[str | Path], imported: int, unread: dict[str, int]
) -> None:
    first = run(*arguments)
    assert (first["imported"], first["failed"], first["skipped_because"]) == (imported, 0, unread)
    session.rollback()
    before = session.execute(select(Translation.id, Translation.version)).all()
    second = run(*arguments)
    assert (second["unchanged"], second["imported"], second["updated"]) == (imported, 0, 0)
    assert (second["problems"], second["dropped"]) == (first["problems"], first["dropped"])
    session.rollback()
    assert session.execute(select(Translation.id, Translation.version)).all() == before


def test_every_article_of_kitsune_shows_its_own_words_and_no_marks(run: Run, session: Session) -> None:
    run("import", "kitsune", EXPORTS / "kitsune")
    session.rollback()
    texts = session.execute(select(Article.source_key, Translation).join(Translation.article)).all()
    shown = {str(key).removeprefix("kitsune/kb/"): text for key, text in texts}
    lines = (EXPORTS / "kitsune/thunderbird-kb.jsonl").read_text().splitlines()
    for source in map(json.loads, lines):
        text = shown[source["slug"]]
        assert (text.title, text.summary) == (source["title"].strip(), source["summary"].strip())
        written = re.sub(r'<div id="toc">.*?</div>', "", source["html"], flags=re.DOTALL)
        lost = words(written) - words(f"{text.title} {text.body_html}")
        assert not lost, source["slug"]
        levels = [level for level, _, _ in text.headings]
        assert all(1 < level <= above + 1 for above, level in zip([1, *levels], levels, strict=False))


def words(html: str) -> set[str]:
    return set(re.findall(r"\w{2,}", " ".join(html5lib.parse(html, namespaceHTMLElements=False).itertext())))


def test_questions_stand_in_their_category(run: Run, session: Session) -> None:
    run("import", "phpmyfaq", EXPORTS / "phpmyfaq")
    session.rollback()
    assert session.scalars(select(Section.names)).all() == [{"en": "Test"}]
