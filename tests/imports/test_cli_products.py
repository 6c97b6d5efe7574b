import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.knowledge.models import Section, Translation
from portal.search.queries import Question, results_for
from tests.conftest import Browser

Portal = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Portal:
    return lambda *arguments: app.test_cli_runner().invoke(args=["import", *map(str, arguments)])


def save(folder: Path, files: Mapping[str, object]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def article(number: int, locale: str, title: str, body: str) -> dict[str, object]:
    address = f"https://hakobu.example/hc/{locale}/articles/{number}"
    return {
        "id": number,
        "locale": locale,
        "title": title,
        "body": body,
        "section_id": 2,
        "html_url": address,
    }


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A help centre of which one article is in English, and one in Japanese alone."""
    english = '<p>See <a href="/hc/ja/articles/11">slips</a>.</p>'
    japanese = '<h2 id="h1">どの紙か</h2><p><a href="/hc/en-us/articles/10">ラベル</a></p>'
    return save(
        tmp_path / "export",
        {
            "sections.json": {"sections": [{"id": 2, "name": "Printing", "locale": "en-us"}]},
            "articles.json": {
                "articles": [
                    article(10, "en-us", "Print labels", english),
                    article(11, "ja", "納品書を印刷する", japanese),
                ]
            },
        },
    )


def bodies(session: Session) -> dict[str, Translation]:
    session.rollback()
    return {text.title: text for text in session.scalars(select(Translation))}


def test_every_language_of_an_export_comes_in_once(run: Portal, session: Session, export: Path) -> None:
    first = run("zendesk", export, "--publish")
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.startswith("2 imported, 0 updated, 0 unchanged, 0 skipped")
    second = json.loads(run("zendesk", export, "--publish", "--json").stdout)
    assert (second["imported"], second["updated"], second["unchanged"]) == (0, 0, 2)
    assert session.scalars(select(Section.names)).all() == [{"en": "Printing", "ja": "Printing"}]


def test_links_lead_from_one_language_to_another(run: Portal, session: Session, export: Path) -> None:
    run("zendesk", export, "--publish")
    found = bodies(session)
    labels, slips = found["Print labels"], found["納品書を印刷する"]
    assert f'href="/help/ja/articles/{slips.article_id}-{slips.slug}"' in labels.body_html
    assert f'href="/help/en/articles/{labels.article_id}-print-labels"' in slips.body_html


def test_what_came_in_is_found_at_once(run: Portal, app: Flask, session: Session, export: Path) -> None:
    run("zendesk", export, "--publish")
    session.rollback()
    question = Question(text="納品書", reader_language="ja", language="ja")
    results = results_for(session, SYSTEM, app.extensions["search_engine"], question)
    assert not results.is_by_title
    assert [found.path.split("/")[2] for found in results.found] == ["ja"]


def test_what_is_not_for_everybody_is_shown_to_nobody_else(
    run: Portal, client: Browser, session: Session, tmp_path: Path
) -> None:
    segments = {"user_segments": [{"id": 1, "user_type": "staff"}]}
    secret = {**article(10, "en-us", "Refunds", "<p>Ask first.</p>"), "user_segment_id": 1}
    unknown = {**article(11, "en-us", "Discounts", "<p>Ask too.</p>"), "user_segment_id": 2}
    export = save(tmp_path / "export", {"s.json": segments, "a.json": {"articles": [secret, unknown]}})
    result = run("zendesk", export, "--publish")
    assert result.exit_code == 1
    assert result.stderr == f"{export}/a.json#11: user segment 2 is not known here: for staff alone\n"
    for text in bodies(session).values():
        assert client.get(f"/help/en/articles/{text.article_id}-{text.slug}").status_code == 404


def test_problems_and_what_is_left_out_are_told_by_their_place(run: Portal, tmp_path: Path) -> None:
    body = '<p>a</p>\n<script>b()</script>\n<p><a href="/hc/articles/99">c</a></p>'
    export = save(tmp_path / "export", {"a.json": {"articles": [article(10, "en-us", "A", body)]}})
    (export / "b.json").write_text("{\n")
    result = run("zendesk", export, "--verbose")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{export}/b.json:2: not JSON: Expecting property name enclosed in double quotes",
        f"{export}/a.json#10:3: link to /hc/articles/99: no such page in the export",
    ]
    assert f"{export}/a.json#10:2: left out: <script>" in result.stdout


def test_one_file_is_an_export_too(run: Portal, session: Session, tmp_path: Path) -> None:
    save(tmp_path, {"b.json": [{"id": 1, "question": "Why?", "answer": "So."}], "c.json": [{"id": 2}]})
    result = run("phpmyfaq", tmp_path / "b.json", "--language", "ja", "--section", "質問")
    assert result.exit_code == 0
    assert [(text.title, text.language) for text in bodies(session).values()] == [("Why?", "ja")]
    assert session.scalars(select(Section.names)).all() == [{"ja": "質問"}]


@pytest.mark.parametrize("arguments", [["word", "."], ["zendesk"], ["zendesk", "/nothing/there"]])
def test_what_cannot_be_understood_is_refused(run: Portal, arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2
