from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import PUBLIC
from portal.files.models import StoredFile
from portal.imports.service import Import, Outcome, Plan
from portal.imports.tree import read_tree
from portal.knowledge import service as knowledge
from portal.knowledge.models import Article, ArticleStatus, Section, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from portal.knowledge.structure.sections import DEEPEST
from portal.search.models import SearchDocument
from tests.factories import NOW, make_account

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A help centre of two articles in English and one of them in Japanese."""
    write(
        tmp_path,
        "en/printing/labels.md",
        "# Print labels\n\nSee [slips](slips.md#which-paper).\n",
    )
    write(
        tmp_path,
        "en/printing/slips.md",
        "# Print slips\n\n## Which paper\n\n![](../../images/p.png)\n",
    )
    write(tmp_path, "ja/printing/labels.md", "# ラベルを印刷する\n\n[納品書](slips.md)を見てください。\n")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/p.png").write_bytes(PNG)
    return tmp_path


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


def bring_in(app: Flask, folder: Path, language: str = "en", **plan: object) -> Import:
    uploads = app.extensions["settings"].uploads_dir
    given = Plan(product="hakobu", language=language, section=None, publish=False, uploads=uploads)
    tree = read_tree(folder / language, language=language)
    run = Import(tree, replace(given, **plan), now=NOW)  # type: ignore[arg-type]  # Its fields.
    settled: list[int] = []
    run.run(settled.append)
    assert sum(settled) == len(run.articles)
    return run


def texts(session: Session) -> dict[tuple[str, str], Translation]:
    session.rollback()
    rows = session.execute(
        select(Article.source_key, Translation)
        .join(Translation.article)
        .execution_options(populate_existing=True)
    )
    return {(str(key), text.language): text for key, text in rows}


def test_articles_come_in_as_drafts_below_sections_of_their_folders(
    app: Flask, session: Session, site: Path
) -> None:
    assert bring_in(app, site).outcomes == {Outcome.IMPORTED: 2}
    found = texts(session)
    assert found.keys() == {("hakobu/printing/labels", "en"), ("hakobu/printing/slips", "en")}
    assert {text.status for text in found.values()} == {ArticleStatus.DRAFT}
    assert session.scalars(select(Section.names)).all() == [{"en": "Printing"}]
    assert session.scalars(select(SearchDocument)).first() is None


def test_published_articles_are_found(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site, publish=True)
    assert all(text.is_published for text in texts(session).values())
    assert set(session.scalars(select(SearchDocument.title))) == {"Print labels", "Print slips"}


def test_links_lead_to_the_articles_and_their_headings(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    found = texts(session)
    labels, slips = found["hakobu/printing/labels", "en"], found["hakobu/printing/slips", "en"]
    anchor = slips.headings[0][1]
    address = f"/help/en/articles/{slips.article_id}-print-slips#{anchor}"
    assert f'href="{address}"' in labels.body_html
    assert f'id="{anchor}"' in slips.body_html


def test_images_are_stored_and_shown(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    file = session.scalars(select(StoredFile)).one()
    assert f'src="/files/{file.key}"' in texts(session)["hakobu/printing/slips", "en"].body_html
    with app.test_client().get(f"/files/{file.key}") as answer:
        assert answer.data == PNG


def test_what_is_no_image_is_reported_where_it_is_used(app: Flask, session: Session, site: Path) -> None:
    (site / "images/p.png").write_bytes(b"<svg onload=alert(1)>")
    run = bring_in(app, site)
    assert [(problem.path, "no PNG" in problem.message) for problem in run.problems] == [
        ("printing/slips.md", True)
    ]
    assert "<img" not in texts(session)["hakobu/printing/slips", "en"].body_html


def test_languages_join(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    bring_in(app, site, "ja")
    found = texts(session)
    assert (
        found["hakobu/printing/labels", "en"].article_id == found["hakobu/printing/labels", "ja"].article_id
    )
    assert len(session.scalars(select(Section)).all()) == 1


def test_twice_changes_nothing(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site, publish=True)
    before = {key: (text.version, text.article_id) for key, text in texts(session).items()}
    changes: list[str] = []
    session.rollback()
    listen = ("before_cursor_execute", lambda *args: changes.append(args[2]))
    event.listen(session.get_bind(), *listen)
    assert bring_in(app, site, publish=True).outcomes == {Outcome.UNCHANGED: 2}
    event.remove(session.get_bind(), *listen)
    assert [statement for statement in changes if not statement.startswith(("SELECT", "BEGIN"))] == []
    assert {key: (text.version, text.article_id) for key, text in texts(session).items()} == before


def test_what_changed_in_the_source_is_updated(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    write(site, "en/printing/slips.md", "# Print packing slips\n\nNew words.\n")
    run = bring_in(app, site)
    assert run.outcomes == {Outcome.UPDATED: 2}  # The other one links to the new title.
    slips = texts(session)["hakobu/printing/slips", "en"]
    assert (slips.title, slips.body_text, slips.status) == (
        "Print packing slips",
        "New words.",
        ArticleStatus.DRAFT,
    )


def test_drafts_are_published_by_importing_again(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    assert bring_in(app, site, publish=True).outcomes == {Outcome.UPDATED: 2}
    assert bring_in(app, site).outcomes == {Outcome.UNCHANGED: 2}
    assert all(text.is_published for text in texts(session).values())


def test_a_draft_in_the_source_stays_one(app: Flask, session: Session, site: Path) -> None:
    write(site, "en/printing/labels.md", "---\ntitle: Print labels\ndraft: true\n---\nSoon.\n")
    bring_in(app, site, publish=True)
    assert texts(session)["hakobu/printing/labels", "en"].status is ArticleStatus.DRAFT


def test_what_staff_archived_or_drafted_stays(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site, publish=True)
    found = texts(session)
    found["hakobu/printing/labels", "en"].status = ArticleStatus.ARCHIVED
    slips = found["hakobu/printing/slips", "en"]
    draft = Text(title=slips.title, body="A draft.")
    article = article_with_texts(session, slips.article_id)
    knowledge.save_text(session, actor=SYSTEM, article=article, language="en", text=draft, now=LATER)
    session.commit()
    assert bring_in(app, site, publish=True).outcomes == {Outcome.UNCHANGED: 2}
    write(site, "en/printing/labels.md", "# Print labels\n\nNew.\n")
    write(site, "en/printing/slips.md", "# Print slips\n\nNew.\n")
    assert bring_in(app, site, publish=True).outcomes == {Outcome.SKIPPED: 2}
    found = texts(session)
    assert found["hakobu/printing/labels", "en"].status is ArticleStatus.ARCHIVED
    assert found["hakobu/printing/slips", "en"].live_number == 1


def audiences(session: Session) -> dict[str, set[str]]:
    session.rollback()
    rows = session.execute(select(Article.source_key, Article.audience))
    return {str(key).rpartition("/")[2]: set(audience) for key, audience in rows}


@pytest.mark.parametrize(
    ("said", "audience"),
    [
        ("signed-in", {"signed-in"}),
        ("staff", {"staff"}),
        ("[plan:team, 'plan:business']", {"plan:team", "plan:business"}),
        ("account:acme-1", {"account"}),
    ],
)
def test_an_audience_that_the_source_names_is_kept(
    app: Flask, session: Session, site: Path, said: str, audience: set[str]
) -> None:
    account = make_account(session, external_id="acme-1")
    write(site, "en/printing/labels.md", f"---\ntitle: Print labels\naudience: {said}\n---\nWords.\n")
    run = bring_in(app, site, publish=True)
    assert run.problems == []
    expected = {f"account:{account.id}" if token == "account" else token for token in audience}
    assert audiences(session) == {"labels": expected, "slips": {"public"}}
    document = session.scalars(select(SearchDocument).where(SearchDocument.title == "Print labels")).one()
    assert document.audience == expected


@pytest.mark.parametrize("said", ["developers", "account:nobody", "{a: b}", "plan:Team!"])
def test_an_audience_that_is_wrong_is_reported_and_only_staff_see_the_article(
    app: Flask, session: Session, site: Path, said: str
) -> None:
    write(site, "en/printing/labels.md", f"---\ntitle: Print labels\naudience: {said}\n---\nWords.\n")
    run = bring_in(app, site, publish=True)
    assert [problem.path for problem in run.problems] == ["printing/labels.md"]
    assert run.problems[0].message.endswith("until then it is for staff alone")
    assert audiences(session)["labels"] == {"staff"}


def test_an_audience_follows_its_source_unless_staff_chose_another(
    app: Flask, session: Session, site: Path
) -> None:
    bring_in(app, site, publish=True)
    body = "# Print slips\n\n## Which paper\n\n![](../../images/p.png)\n"
    write(site, "en/printing/slips.md", f"---\naudience: staff\n---\n{body}")
    assert bring_in(app, site).outcomes == {Outcome.UPDATED: 1, Outcome.UNCHANGED: 1}
    assert audiences(session)["slips"] == {"staff"}
    assert bring_in(app, site).outcomes == {Outcome.UNCHANGED: 2}
    article = session.scalars(select(Article).where(Article.source_key == "hakobu/printing/slips")).one()
    article.audience = PUBLIC
    session.commit()
    assert bring_in(app, site).outcomes == {Outcome.UNCHANGED: 2}
    write(site, "en/printing/slips.md", "---\naudience: signed-in\n---\n# Print slips\n\nNew.\n")
    assert bring_in(app, site).outcomes == {Outcome.SKIPPED: 1, Outcome.UPDATED: 1}
    assert audiences(session)["slips"] == {"public"}


def test_sections_deeper_than_the_site_has_them_join_the_one_above(
    app: Flask, session: Session, site: Path
) -> None:
    deep = "/".join("abcdefghij"[: DEEPEST + 1])
    write(site, f"en/{deep}/x.md", "# X\n\nWords.\n")
    run = bring_in(app, site, section="Manual")
    assert run.outcomes[Outcome.IMPORTED] == 3
    assert [file.reason for file in run.skipped] == ["section too deep; joined to the one above"] * 2
    article = session.scalars(select(Article).where(Article.source_key == f"hakobu/{deep}/x")).one()
    section = session.get_one(Section, article.section_id)
    assert section.source_key == f"hakobu/{deep[: 2 * (DEEPEST - 1) - 1]}"


def edit(session: Session, text: Translation, body: str) -> None:
    article = article_with_texts(session, text.article_id)
    knowledge.write_translation(
        session,
        actor=SYSTEM,
        article=article,
        language=text.language,
        text=Text(title=text.title, summary=text.summary, body=body),
        status=ArticleStatus.PUBLISHED,
        now=LATER,
    )
    session.commit()


def test_what_was_changed_on_the_site_stays(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    edit(session, texts(session)["hakobu/printing/slips", "en"], "Our words.")
    assert bring_in(app, site).outcomes == {Outcome.UNCHANGED: 2}
    write(site, "en/printing/slips.md", "# Print slips\n\nTheir new words.\n")
    run = bring_in(app, site)
    assert [(file.path, file.reason) for file in run.skipped] == [
        ("printing/slips.md", "changed on the site")
    ]
    assert texts(session)["hakobu/printing/slips", "en"].body == "Our words."


def test_what_was_only_published_on_the_site_still_follows_its_source(
    app: Flask, session: Session, site: Path
) -> None:
    bring_in(app, site)
    slips = texts(session)["hakobu/printing/slips", "en"]
    edit(session, slips, slips.body)
    write(site, "en/printing/slips.md", "# Print slips\n\n## Which paper\n\nNew words.\n")
    assert bring_in(app, site).outcomes == {Outcome.UPDATED: 1, Outcome.UNCHANGED: 1}
    assert texts(session)["hakobu/printing/slips", "en"].is_published


def test_what_left_the_source_is_counted_and_stays(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    (site / "en/printing/slips.md").unlink()
    assert bring_in(app, site).missing == 1
    assert len(texts(session)) == 2


def test_all_of_it_can_stand_below_one_section(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site, section="Manual")
    bring_in(app, site, "ja", section="マニュアル")
    manual, printing = session.scalars(select(Section).order_by(Section.id)).all()
    assert (manual.names, manual.parent_id) == ({"en": "Manual", "ja": "マニュアル"}, None)
    assert printing.parent_id == manual.id


def test_articles_at_the_root_get_a_section_of_the_products_name(
    app: Flask, session: Session, site: Path
) -> None:
    write(site, "en/welcome.md", "# Welcome\n\nHello.\n")
    bring_in(app, site)
    article = session.scalars(select(Article).where(Article.source_key == "hakobu/welcome")).one()
    assert session.get_one(Section, article.section_id).names == {"en": "hakobu"}


def test_sections_keep_what_staff_made_of_them(app: Flask, session: Session, site: Path) -> None:
    bring_in(app, site)
    section = session.scalars(select(Section)).one()
    section.names, section.position = {"en": "Labels and slips"}, 7
    session.commit()
    bring_in(app, site)
    bring_in(app, site, "ja")
    session.refresh(section)
    assert (section.names["en"], section.position) == ("Labels and slips", 7)


def test_a_text_that_cannot_be_rendered_is_reported_and_the_rest_comes_in(
    app: Flask, session: Session, site: Path
) -> None:
    write(site, "en/printing/huge.md", "# Huge\n\n" + "word " * 50_000)
    run = bring_in(app, site)
    assert run.outcomes == {Outcome.IMPORTED: 2, Outcome.FAILED: 1}
    assert [problem.path for problem in run.problems] == ["printing/huge.md"]
    assert ("hakobu/printing/huge", "en") not in texts(session)
    assert bring_in(app, site).outcomes == {Outcome.UNCHANGED: 2, Outcome.FAILED: 1}
