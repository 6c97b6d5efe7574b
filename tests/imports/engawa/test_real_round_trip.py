import re
from itertools import islice
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import SIGNED_IN, STAFF
from portal.core.clock import utc_now
from portal.imports.service import Outcome
from portal.knowledge.models import Article, Section, Translation
from portal.knowledge.paths import path_of_article, path_of_section
from portal.knowledge.queries import article_with_texts
from portal.knowledge.service import Place, move_article
from portal.knowledge.snippets import service as snippets
from portal.knowledge.structure import see_also
from tests.factories import NOW, make_account
from tests.imports.engawa.sites import bring_back, empty, export, files_of, rows_of
from tests.knowledge.factories import archive, rewrite

CENTRES = Path(__file__).parents[3].parent / "shared/data/help-center"
FOLDERS = ("growi/en", "growi/ja", "sendgrid/en")
ONE_EACH = 40
"""Which of the articles get their pages compared: every fortieth, 16 in all, and all sections."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real,
    pytest.mark.skipif(not CENTRES.is_dir(), reason="needs ../shared/data/help-center"),
]


def fill(app: Flask, session: Session) -> None:
    """Import the real help centres, and let staff do to some articles what staff do."""
    for name in FOLDERS:
        arguments = ["kb", "import", str(CENTRES / name), "--language", name[-2:], "--publish"]
        assert app.test_cli_runner().invoke(args=arguments).exit_code in {0, 1}
    session.rollback()
    account = make_account(session, external_id="acme")
    audiences = (STAFF, SIGNED_IN, frozenset({"plan:team", f"account:{account.id}"}))
    snippets.add_snippet(session, actor=SYSTEM, name="team", bodies={"en": "the *team*", "ja": "チーム"})
    session.commit()
    ids = session.scalars(select(Article.id).order_by(Article.id)).all()
    for number, article_id in enumerate(islice(ids, 5, None, 60)):
        article = article_with_texts(session, article_id)
        place = Place(section_id=article.section_id, audience=audiences[number % 3])
        move_article(session, actor=SYSTEM, article_id=article_id, place=place, now=NOW)
        see_also.point_to(session, actor=SYSTEM, article_id=article_id, other_id=article_id - 3)
        session.commit()
        first = article.translations[0]
        if number % 4 == 0:
            archive(session, first)
        else:
            body = f"{first.body}\n\nAsk {{{{snippet:team}}}}.\n\n:::only plan=team\n{number}\n:::\n"
            rewrite(session, first, body)


def pages_of(client: FlaskClient, session: Session) -> dict[str, tuple[int, str]]:
    """Return what a visitor sees of all sections and of some articles."""
    sections = session.scalars(select(Section.slug)).all()
    paths = [path_of_section(slug, language=code) for slug in sections for code in ("en", "ja")]
    texts = session.execute(
        select(Translation.article_id, Translation.slug, Translation.language)
        .where(Translation.article_id % ONE_EACH == 0)
        .order_by(Translation.id)
    )
    paths += [path_of_article(text.article_id, text.slug, language=text.language) for text in texts]
    answers = {path: client.get(path) for path in paths}
    return {path: (answer.status_code, _same(answer.text)) for path, answer in answers.items()}


def _same(html: str) -> str:
    """Return a page without what is new each time that it is made."""
    return re.sub(r'(?:nonce|name="csrf_token" value|content)="[\w.+/=-]{16,}"', "", html)


def test_real_help_centres_come_back_as_they_were(
    app: Flask, session: Session, client: FlaskClient, tmp_path: Path
) -> None:
    fill(app, session)
    told = export(app, tmp_path / "one")
    assert (told.articles, told.texts, told.files, told.problems) == (640, 788, 188, [])
    rows, pages = rows_of(session), pages_of(client, session)
    assert {status for status, _html in pages.values()} == {200, 404}
    empty(app)
    app.extensions["fragments"].clear()
    make_account(session, external_id="acme")

    report = bring_back(app, tmp_path / "one", now=utc_now())
    assert (report.outcomes, report.problems) == ({Outcome.IMPORTED: 788}, [])
    export(app, tmp_path / "two")
    one, two = files_of(tmp_path / "one"), files_of(tmp_path / "two")
    assert one.keys() == two.keys()
    assert [path for path in one if one[path] != two[path]] == []
    after = rows_of(session)
    for kind, expected in rows.items():
        changed = [row for row, other in zip(expected, after[kind], strict=True) if row != other]
        assert changed[:1] == [], kind
    assert pages_of(client, session) == pages
    assert bring_back(app, tmp_path / "one").outcomes == {Outcome.UNCHANGED: 788}
