from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF, Audience
from portal.accounts.models import Account, User
from portal.files.rules import path_of
from portal.files.service import store
from portal.imports.service import Outcome
from portal.knowledge import service
from portal.knowledge.models import Article, ArticleStatus, Freshness, Section, Significance, Translation
from portal.knowledge.paths import path_of_article
from portal.knowledge.publishing import Text
from portal.knowledge.service import Place
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets import templates as article_templates
from portal.knowledge.structure import merging, sections, see_also
from portal.knowledge.structure.sections import SectionDraft
from portal.knowledge.upkeep.duties import Duty, assign
from tests.factories import NOW, make_account, make_user
from tests.files.pictures import MP4, encoded, halves
from tests.imports.engawa.sites import bring_back, empty, export, files_of, rows_of
from tests.knowledge.factories import archive, make_article, make_section, rewrite, translate

STAFF_ADDRESS = "kim@vendor.example"


def make_people(session: Session) -> None:
    """Make those whom an export names: a site has them before its knowledge base comes in."""
    make_user(session, email=STAFF_ADDRESS)
    make_account(session, external_id="acme corp, 東京")


def of_account(session: Session) -> Audience:
    return frozenset({f"account:{session.scalars(select(Account.id)).one()}", "plan:team"})


def address_of(text: Translation) -> str:
    return path_of_article(text.article_id, text.slug, language=text.language)


def fill(app: Flask, session: Session) -> None:
    """Write a base that has one of everything."""
    verifier = session.scalars(select(User.id).where(User.email == STAFF_ADDRESS)).one()
    top = make_section(session, "Printing")
    draft = SectionDraft(
        names={"ja": "ラベル", "en": "Labels"},
        descriptions={"en": "All about: “labels”"},
        parent_id=top.id,
        position=7,
        slug="ラベル",
        needs_review=True,
        duty=Duty(verifier_id=verifier, every_days=30),
    )
    below = sections.add_section(session, actor=SYSTEM, draft=draft)
    session.commit()
    renamed = SectionDraft(names={"en": "Printing"}, slug="print-it", position=top.position)
    sections.update_section(session, actor=SYSTEM, section_id=top.id, draft=renamed)
    uploads = app.extensions["settings"].uploads_dir
    picture = store(session, folder=uploads, name="My “picture” (1).png", content=encoded(halves()), now=NOW)
    video = store(session, folder=uploads, name="../../how.mp4", content=MP4, now=NOW)
    session.commit()

    first = make_article(session, "Print labels", section=top)
    article_id, japanese = first.article_id, translate(session, first)
    snippets.add_snippet(
        session,
        actor=SYSTEM,
        name="paper",
        bodies={"en": f"Use [A6]({address_of(first)}).", "ja": "A6です。"},
    )
    session.commit()
    second = make_article(
        session,
        "Print labels",
        section=top,
        audience=of_account(session),
        body=f"See [labels]({address_of(first)}#h-paper), "
        f"[the same](/help/articles/{article_id}?plan=team#x), "
        f"[in Japanese]({address_of(japanese)}), [below](/help/en/ラベル/), "
        f"[above](/help/ja/print-it/) and [nothing](/help/en/articles/999999999-gone).\n\n"
        f"![Two](</files/{picture.key}>)\n\n![How]({path_of(video)})\n\n{{{{snippet:paper}}}}\n\n"
        f"```\n[not a link](/help/en/articles/{article_id}-old)\n```\n\n:::only plan=team\nTeam.\n:::\n"
        f"[ref]: {address_of(first)}\n",
    )
    rewrite(session, first, "Changed.", significance=Significance.MAJOR)
    gone = make_article(session, "Old labels", section=below, language="ja", audience=STAFF)
    archive(session, gone)
    archive(session, make_article(session, "Never", section=below, status=ArticleStatus.DRAFT))
    make_article(session, "Draft", section=below, status=ArticleStatus.DRAFT, audience=SIGNED_IN)
    double = make_article(session, "Print labels, twice", section=below)
    merging.merge(session, actor=SYSTEM, article_id=double.article_id, target_id=article_id, now=NOW)
    for other in (gone, double, second):
        see_also.point_to(session, actor=SYSTEM, article_id=article_id, other_id=other.article_id)
    see_also.point_no_more(session, actor=SYSTEM, article_id=article_id, other_id=double.article_id)
    assign(session, actor=SYSTEM, article_id=article_id, duty=Duty(verifier_id=verifier, every_days=90))
    article = session.get_one(Article, article_id)
    article.verified_at, article.verified_by_id = NOW - timedelta(days=3, microseconds=5), verifier
    article.source_key = "hakobu/printing/labels"
    body = "---\n\n## Steps\n\n1. …"
    article_templates.add_template(
        session, actor=SYSTEM, name="How to: “x”/y", bodies={"ja": body, "en": body}
    )
    session.commit()
    session.expire_all()
    assert session.get_one(Translation, japanese.id).freshness is Freshness.OUTDATED


@pytest.fixture
def exported(app: Flask, session: Session, tmp_path: Path) -> Path:
    """The export of a site that has one of everything."""
    make_people(session)
    fill(app, session)
    assert export(app, tmp_path / "one").problems == []
    return tmp_path / "one"


def test_an_empty_site_gets_all_of_another(app: Flask, session: Session, exported: Path) -> None:
    rows = rows_of(session)
    empty(app)
    make_people(session)
    report = bring_back(app, exported)
    assert report.problems == []
    assert report.outcomes == {Outcome.IMPORTED: 7}
    after = rows_of(session)
    for kind, expected in rows.items():
        for row, other in zip(expected, after[kind], strict=True):
            assert other == row, kind
    export(app, exported.parent / "two")
    assert files_of(exported.parent / "two") == files_of(exported)


def test_bringing_it_back_twice_changes_nothing(app: Flask, session: Session, exported: Path) -> None:
    rows = rows_of(session)
    for _again in range(2):
        report = bring_back(app, exported)
        assert report.outcomes == {Outcome.UNCHANGED: 7}
        assert {outcome for counts in report.parts.values() for outcome in counts} == {Outcome.UNCHANGED}
    assert rows_of(session) == rows


def test_the_folder_can_be_read_by_people(session: Session, exported: Path) -> None:
    files = files_of(exported)
    titled = select(Translation.article_id).where(Translation.title == "Print labels")
    first, second = session.scalars(titled.order_by(Translation.article_id)).all()
    assert {path for path in files if path.startswith(("articles", "snippets", "templates"))} == {
        "articles/print-it/print-labels.en.md",
        "articles/print-it/print-labels.ja.md",
        f"articles/print-it/print-labels-{second}.en.md",
        "articles/ラベル/draft.en.md",
        "articles/ラベル/never.en.md",
        "articles/ラベル/old-labels.ja.md",
        "articles/ラベル/print-labels-twice.en.md",
        "snippets/paper.en.md",
        "snippets/paper.ja.md",
        "templates/how-to-x-y.en.md",
        "templates/how-to-x-y.ja.md",
    }
    body = files[f"articles/print-it/print-labels-{second}.en.md"].decode()
    assert (
        "[labels](print-labels.en.md#h-paper), [the same](print-labels.en.md?language=any&plan=team#x)"
        in body
    )
    assert "[in Japanese](print-labels.ja.md), [below](../ラベル/), [above](./?language=ja)" in body
    assert "[nothing](/help/en/articles/999999999-gone)" in body
    assert f"[not a link](/help/en/articles/{first}-old)" in body
    assert "(<../../files/My%20%E2%80%9Cpicture%E2%80%9D%20%281%29-" in body
    assert "- account:acme corp, 東京\n- plan:team\n" in body
    assert "[A6](../articles/print-it/print-labels.en.md)" in files["snippets/paper.en.md"].decode()
    assert f"see_also:\n- ../ラベル/old-labels.ja.md\n- print-labels-{second}.en.md\n" in (
        files["articles/print-it/print-labels.en.md"].decode()
    )


TITLES = st.one_of(
    st.sampled_from(
        [
            *(
                "---",
                "yes",
                "null",
                "# heading",
                "a: b",
                "- [x]",
                "'",
                '"',
                "…",
                "../../etc/passwd",
                "con",
                ".",
            ),
            *(
                "印刷する",
                "ラベルを印刷する" * 30,
                "x" * 300,
                "Print labels",
                "print-labels",
                "ＰＲＩＮＴ　labels",
            ),
            *(
                "İstanbul",
                "ß",
                "{{snippet:paper}}",
                "%2e%2e",
                "2026-11-20",
                "~",
                "@x",
                "`",
                "!tag",
                "&a",
                "*b",
            ),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1, max_size=40),
).filter(lambda title: title.strip())
PIECES = st.one_of(
    st.sampled_from(
        [
            *(
                "---\n",
                "---\ntitle: x\n---\n",
                "\n",
                "\r\n",
                "  \n",
                "\t",
                "```\n",
                "~~~\r\n",
                "> ",
                "- ",
                "\ufeff",
            ),
            *(
                ":::only plan=team\n",
                ":::\n",
                "{{snippet:paper}}",
                "{{snippet:none}}\n",
                "[x](FIRST)",
                "![](FILE)",
            ),
            *(
                "[x](FIRST#h-é?x)",
                "[s](SECTION)",
                "\n[r]: FIRST\n",
                "<a href='FIRST'>",
                "`[x](FIRST)`",
                "印刷 ",
            ),
            *("](../..)", "\u2028", "\x85", "---", "| a | b |\n|---|---|\n"),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
)
BODIES = st.lists(PIECES, min_size=1, max_size=8).map("".join).filter(lambda body: body.strip())
SUMMARIES = st.sampled_from(
    ["", "One.", "Two\n\nlines: “x”", "---", "\ttab", "a " * 90, "\u2028x", "'\"", "|\n>"]
)


@dataclass(frozen=True)
class Plan:
    """An article of a made-up base; `others` are languages besides the one that it was written in."""

    title: str
    body: str
    summary: str
    language: str
    status: ArticleStatus
    audience: Audience
    section: int
    other: tuple[str, str] | None


PLANS = st.builds(
    Plan,
    title=TITLES,
    body=BODIES,
    summary=SUMMARIES,
    language=st.sampled_from(["en", "ja"]),
    status=st.sampled_from(ArticleStatus),
    audience=st.sampled_from([PUBLIC, STAFF, SIGNED_IN, frozenset({"plan:team", "plan:business"})]),
    section=st.integers(0, 10),
    other=st.none() | st.tuples(TITLES, BODIES),
)


# Links with an old slug lead to the present one, and files that no text leads to stay where they were.
MAY_BE_MENDED = frozenset({"texts", "found by search", "snippets", "files"})


@pytest.mark.slow
@settings(max_examples=20)
@given(
    names=st.lists(st.tuples(TITLES, st.integers(-1, 5)), min_size=1, max_size=5),
    plans=st.lists(PLANS, min_size=1, max_size=4),
    snippet=BODIES,
    points=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4),
)
def test_any_small_base_comes_back(
    app: Flask,
    session: Session,
    names: list[tuple[str, int]],
    plans: list[Plan],
    snippet: str,
    points: list[tuple[int, int]],
) -> None:
    empty(app)
    make_base(app, session, names, plans, snippet, points)
    with TemporaryDirectory() as place:
        one, two = Path(place, "one"), Path(place, "two")
        assert export(app, one).problems == []
        rows = rows_of(session)
        empty(app)
        first = bring_back(app, one)
        assert [item for item in first.problems if "no such file" not in item.message] == []
        after = rows_of(session)
        for kind, expected in rows.items():
            if kind not in MAY_BE_MENDED:
                assert after[kind] == expected, kind
        export(app, two)
        assert files_of(two) == files_of(one)
        assert bring_back(app, one).outcomes.keys() == {Outcome.UNCHANGED}


def make_base(
    app: Flask,
    session: Session,
    names: list[tuple[str, int]],
    plans: list[Plan],
    snippet: str,
    points: list[tuple[int, int]],
) -> None:
    """Write a base; places in texts stand for links to what there is."""
    tree: list[Section] = []
    for number, (name, parent) in enumerate(names):
        parent_id = tree[parent % len(tree)].id if tree and parent >= 0 else None
        draft = SectionDraft(names={"ja": name}, parent_id=parent_id, position=number % 2)
        tree.append(sections.add_section(session, actor=SYSTEM, draft=draft))
    uploads = app.extensions["settings"].uploads_dir
    file = store(session, folder=uploads, name=names[0][0], content=encoded(halves()), now=NOW)
    session.commit()
    articles = [place_article(session, plan, tree[plan.section % len(tree)]) for plan in plans]
    links = {"FIRST": f"/help/en/articles/{articles[0].id}-x", "FILE": f"/files/{file.key}"}
    links["SECTION"] = f"/help/ja/{tree[0].slug}/"

    def linked(body: str) -> str:
        for word, url in links.items():
            body = body.replace(word, url)
        return body

    snippets.add_snippet(session, actor=SYSTEM, name="paper", bodies={"en": linked(snippet)})
    for article, plan in zip(articles, plans, strict=True):
        write_article(session, article, plan, linked)
    for owner, other in points:
        pair = (articles[owner % len(articles)].id, articles[other % len(articles)].id)
        if pair[0] != pair[1]:
            see_also.point_to(session, actor=SYSTEM, article_id=pair[0], other_id=pair[1])
    session.commit()


def place_article(session: Session, plan: Plan, section: Section) -> Article:
    """Add an article that does not say anything yet."""
    place = Place(section_id=section.id, audience=plan.audience)
    at = NOW - timedelta(hours=section.position)
    return service.add_article(session, actor=SYSTEM, place=place, now=at)


def write_article(session: Session, article: Article, plan: Plan, linked: Callable[[str], str]) -> None:
    """Write what an article says, in another language too if it has one."""
    is_draft = plan.status is ArticleStatus.DRAFT
    said = {plan.language: Text(title=plan.title, body=linked(plan.body), summary=plan.summary)}
    if plan.other:
        other = "ja" if plan.language == "en" else "en"
        said[other] = Text(title=plan.other[0], body=linked(plan.other[1]))
    for language, text in said.items():
        status = ArticleStatus.DRAFT if is_draft and language == plan.language else ArticleStatus.PUBLISHED
        service.write_translation(
            session, actor=SYSTEM, article=article, language=language, text=text, status=status, now=NOW
        )
    session.commit()
    if plan.status is ArticleStatus.ARCHIVED:
        archive(session, session.get_one(Translation, article.translations[0].id))
