import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import PUBLIC, STAFF, Audience
from portal.core.errors import InvalidError
from portal.imports.engawa.reader import read_export
from portal.imports.report import Report
from portal.imports.service import Outcome
from portal.knowledge import service
from portal.knowledge.models import (
    Article,
    ArticleRevision,
    ArticleStatus,
    Section,
    SectionSlug,
    SeeAlso,
    Significance,
    Translation,
)
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from portal.knowledge.service import Place
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets.models import Snippet
from tests.factories import NOW, make_account
from tests.files.pictures import encoded, halves
from tests.imports.engawa.sites import bring_back, empty, export, files_of
from tests.knowledge.factories import make_article, make_section, rewrite, translate

LABELS = "articles/printing/labels.en.md"
SLIPS = "articles/printing/slips.en.md"
Change = Callable[..., None]


@pytest.fixture
def folder(app: Flask, session: Session, tmp_path: Path) -> Path:
    """The export of a site with two articles, one of them in both languages."""
    section = make_section(session, "Printing")
    labels = make_article(session, "Labels", section=section, audience=frozenset({"plan:team"}))
    translate(session, labels)
    make_article(session, "Slips", section=section)
    snippets.add_snippet(session, actor=SYSTEM, name="paper", bodies={"en": "A6"})
    session.commit()
    export(app, tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def change(folder: Path) -> Change:
    """Replace words in a file of the export, as an editor would."""

    def run(path: str, old: str, new: str) -> None:
        content = (folder / path).read_text(encoding="utf-8")
        assert old in content
        (folder / path).write_text(content.replace(old, new, 1), encoding="utf-8")

    return run


def article(session: Session, title: str = "Labels") -> Article:
    session.rollback()
    found = session.scalars(select(Translation).where(Translation.title == title)).one()
    return article_with_texts(session, found.article_id)


def body(session: Session, title: str = "Labels") -> str:
    text = article(session, title).translation_in("en")
    assert text
    return text.body


def told(report: Report) -> list[tuple[str, int | None, str]]:
    return [(item.path, item.line, item.message) for item in report.problems]


def test_what_was_changed_in_a_file_is_a_new_revision(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change(LABELS, "Choose **Print**.", "Choose *Print all*.\n\nSee [slips](slips.en.md).")
    assert bring_back(app, folder).outcomes == {Outcome.UPDATED: 1, Outcome.UNCHANGED: 2}
    slips = article(session, "Slips")
    assert body(session) == f"Choose *Print all*.\n\nSee [slips](/help/en/articles/{slips.id}-slips)."
    numbers = select(ArticleRevision.number).join(
        Translation, Translation.id == ArticleRevision.translation_id
    )
    assert session.scalars(numbers.where(Translation.title == "Labels")).all() == [1, 2]
    change(LABELS, "*Print all*", "*Print it*")  # Once more, without another export.
    assert bring_back(app, folder).outcomes == {Outcome.UPDATED: 1, Outcome.UNCHANGED: 2}
    assert "*Print it*" in body(session)


def test_what_was_changed_on_the_site_is_left_alone(app: Flask, session: Session, folder: Path) -> None:
    rewrite(session, text_of(session), "Changed here.")
    report = bring_back(app, folder)
    assert report.outcomes == {Outcome.SKIPPED: 1, Outcome.UNCHANGED: 2}
    assert [item.reason for item in report.skipped] == ["changed on the site"]
    assert (report.problems, body(session)) == ([], "Changed here.")


def test_what_was_changed_on_both_sides_is_a_problem(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    rewrite(session, text_of(session), "Changed here.")
    change(LABELS, "Choose", "Take")
    report = bring_back(app, folder)
    assert report.outcomes == {Outcome.FAILED: 1, Outcome.UNCHANGED: 2}
    assert [path for path, _line, _message in told(report)] == [LABELS]
    assert body(session) == "Changed here."


def text_of(session: Session) -> Translation:
    text = article(session).translation_in("en")
    assert text
    return text


def test_a_draft_that_someone_is_writing_is_not_passed_over(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    found = article(session)
    text = Text(title="Labels", body="Not yet.")
    service.save_text(session, actor=SYSTEM, article=found, language="en", text=text, now=NOW)
    session.commit()
    change(LABELS, "Choose", "Take")
    assert bring_back(app, folder).outcomes[Outcome.FAILED] == 1
    assert text_of(session).has_changes


def test_another_site_follows_one_export_after_the_other(
    app: Flask, session: Session, folder: Path, tmp_path: Path
) -> None:
    rewrite(session, text_of(session), "The second edition.")
    session.scalars(select(Section)).one().names = {"en": "Print"}
    session.commit()
    export(app, tmp_path / "second")
    empty(app)
    bring_back(app, folder)
    assert body(session) == "Choose **Print**."
    report = bring_back(app, tmp_path / "second")
    assert report.outcomes == {Outcome.UPDATED: 1, Outcome.UNCHANGED: 2}
    assert report.parts["sections"] == {Outcome.UPDATED: 1}
    assert body(session) == "The second edition."
    assert session.scalars(select(Section)).one().names == {"en": "Print"}


def test_settings_of_an_article_follow_its_file(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change(LABELS, "audience:\n- plan:team", "audience: [staff]\nsee_also: slips.en.md")
    change(SLIPS, "---\n\n", "merged_into: labels.en.md\n---\n\n")
    report = bring_back(app, folder)
    assert report.parts["articles"] == {Outcome.UPDATED: 2}
    labels, slips = article(session), article(session, "Slips")
    assert (labels.audience, slips.merged_into_id) == (STAFF, labels.id)
    assert session.execute(select(SeeAlso.article_id, SeeAlso.other_id)).all() == [(labels.id, slips.id)]
    change(SLIPS, "merged_into: labels.en.md\n", "")
    change(LABELS, "see_also: slips.en.md\n", "")
    bring_back(app, folder)
    assert article(session, "Slips").merged_into_id is None
    assert session.execute(select(SeeAlso.article_id)).all() == []


def test_an_article_that_was_narrowed_on_the_site_is_not_opened_again(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    found = article(session)
    place = Place(section_id=found.section_id, audience=STAFF)
    service.move_article(session, actor=SYSTEM, article_id=found.id, place=place, now=NOW)
    session.commit()
    change(LABELS, "Choose", "Take")
    report = bring_back(app, folder)
    assert report.outcomes[Outcome.UPDATED] == 1
    assert article(session).audience == STAFF
    change(LABELS, "- plan:team", "- public")
    change(LABELS, "Take", "Use")
    report = bring_back(app, folder)
    assert article(session).audience == STAFF
    assert "Take" in body(session), "nothing is written of an article whose audience is disputed"


@pytest.mark.parametrize(
    ("said", "line", "message"),
    [
        ("- account:nobody", 11, "There is no account nobody."),
        ("- everyone", 11, "is no audience"),
        ("- public\n- account:nobody", 12, "There is no account nobody."),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_an_audience_that_cannot_be_understood_is_the_staff(
    app: Flask,
    session: Session,
    folder: Path,
    change: Change,
    said: str,
    line: int,
    message: str,
    *,
    is_new: bool,
) -> None:
    change(LABELS, "- plan:team", said)
    if is_new:
        empty(app)
    for _again in range(2):
        report = bring_back(app, folder)
        (problem,) = report.problems
        assert (problem.path, problem.line) == (LABELS, line)
        assert message in problem.message
        assert article(session).audience == STAFF
    assert report.parts["articles"] == {Outcome.UNCHANGED: 2}


def test_an_account_that_comes_later_gets_its_article(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change(LABELS, "- plan:team", "- account:acme")
    empty(app)
    bring_back(app, folder)
    assert article(session).audience == STAFF
    account = make_account(session, external_id="acme")
    assert bring_back(app, folder).problems == []
    assert article(session).audience == {f"account:{account.id}"}


def test_a_plan_that_nobody_has_is_told_and_opens_nothing(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change(LABELS, "- plan:team", "- plan:gold")
    assert [(path, line) for path, line, _message in told(bring_back(app, folder))] == [(LABELS, 11)]
    assert article(session).audience == {"plan:gold"}


@pytest.mark.parametrize(
    ("said", "audience"), [("", frozenset({"plan:team"})), ("audience: []\n", frozenset({"plan:team"}))]
)
def test_an_audience_that_is_taken_out_stays_as_it_was(
    app: Flask, session: Session, folder: Path, change: Change, said: str, audience: Audience
) -> None:
    change(LABELS, "audience:\n- plan:team\n", said)
    bring_back(app, folder)
    assert article(session).audience == audience
    empty(app)
    report = bring_back(app, folder)
    assert article(session).audience == STAFF
    assert [(path, line) for path, line, _message in told(report)] == [(LABELS, 10 if said else 2)]


def test_people_who_are_not_here_verify_nothing(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change(LABELS, "audience:", "verifier: gone@vendor.example\nverify_every_days: 90000\naudience:")
    change("sections.yaml", "  order:", "  verifier: gone@vendor.example\n  order:")
    found = told(bring_back(app, folder))
    assert [(path, line) for path, line, _message in found] == [
        ("sections.yaml", 5),
        (LABELS, 10),
        (LABELS, 11),
    ]
    assert article(session).verify_every_days is None


def test_a_file_that_a_person_adds_is_a_new_article(app: Flask, session: Session, folder: Path) -> None:
    (folder / "articles/printing/new.ja.md").write_text(
        "---\ntitle: 新しい記事\nstatus: published\naudience: public\n---\n\n[送り状](slips.en.md)です。\n",
        encoding="utf-8",
    )
    assert bring_back(app, folder).outcomes == {Outcome.IMPORTED: 1, Outcome.UNCHANGED: 3}
    found = article(session, "新しい記事")
    assert (found.audience, found.source_language) == (PUBLIC, "ja")
    assert bring_back(app, folder).outcomes == {Outcome.UNCHANGED: 4}
    export(app, folder.parent / "again")
    assert "key: engawa/articles/printing/new\n" in (
        (folder.parent / "again/articles/printing/新しい記事.ja.md").read_text(encoding="utf-8")
    )
    assert bring_back(app, folder.parent / "again").outcomes == {Outcome.UNCHANGED: 4}


def test_a_translation_that_a_person_adds_joins_its_article(
    app: Flask, session: Session, folder: Path
) -> None:
    content = (folder / SLIPS).read_text(encoding="utf-8").replace("Slips", "送り状")
    (folder / "articles/printing/slips.ja.md").write_text(content, encoding="utf-8")
    assert bring_back(app, folder).outcomes == {Outcome.IMPORTED: 1, Outcome.UNCHANGED: 3}
    assert {text.language for text in article(session, "Slips").translations} == {"en", "ja"}


def test_a_copy_that_says_it_is_the_same_article_is_refused(
    app: Flask, session: Session, folder: Path
) -> None:
    (folder / "articles/printing/a-copy.en.md").write_bytes((folder / SLIPS).read_bytes())
    report = bring_back(app, folder)
    assert report.outcomes == {Outcome.UNCHANGED: 3}
    assert [path for path, _line, _message in told(report)] == ["articles/printing/a-copy.en.md"]


def test_ids_that_are_taken_are_left_to_those_who_have_them(
    app: Flask, session: Session, folder: Path
) -> None:
    labels_id, slips_id = article(session).id, article(session, "Slips").id
    empty(app)
    section = make_section(session, "Printing")
    other = service.add_article(
        session, actor=SYSTEM, place=Place(section_id=section.id), article_id=labels_id, now=NOW
    )
    other.created_at = NOW - timedelta(days=1)
    text = Text(title="Something else", body="x")
    service.save_text(session, actor=SYSTEM, article=other, language="en", text=text, now=NOW)
    session.commit()
    assert bring_back(app, folder).problems == []
    assert article(session, "Something else").id == labels_id
    labels, slips = article(session), article(session, "Slips")
    assert slips.id == slips_id
    assert labels.id not in {labels_id, slips_id}
    assert make_article(session, "Next", section=section).article_id > labels.id
    assert bring_back(app, folder).outcomes == {Outcome.UNCHANGED: 3}
    export(app, folder.parent / "again")
    assert bring_back(app, folder.parent / "again").outcomes == {Outcome.UNCHANGED: 5}


def test_a_section_gets_another_address_and_keeps_the_old_one(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change("sections.yaml", "- slug: printing\n", "- slug: print\n  former_slugs: [printing]\n")
    report = bring_back(app, folder)
    assert (report.problems, report.outcomes) == ([], {Outcome.UNCHANGED: 3})
    assert session.scalars(select(Section.slug)).all() == ["print"]
    assert session.scalars(select(SectionSlug.slug)).all() == ["printing"]


def test_statuses_follow_their_files(app: Flask, session: Session, folder: Path, change: Change) -> None:
    change(LABELS, "status: published", "status: archived")
    change(SLIPS, "status: published", "status: draft")
    report = bring_back(app, folder)
    assert [(path, line) for path, line, _message in told(report)] == [(SLIPS, 4)]
    assert text_of(session).status is ArticleStatus.ARCHIVED
    change(LABELS, "status: archived", "status: published")
    bring_back(app, folder)
    assert text_of(session).status is ArticleStatus.PUBLISHED


def test_a_snippet_follows_its_file(app: Flask, session: Session, folder: Path, change: Change) -> None:
    change("snippets/paper.en.md", "A6", "A5")
    assert bring_back(app, folder).parts["snippets"] == {Outcome.UPDATED: 1}
    assert session.scalars(select(Snippet.bodies)).all() == [{"en": "A5"}]


def test_a_freshness_that_was_lost_stays_lost(app: Flask, session: Session, tmp_path: Path) -> None:
    text = make_article(session, "Labels")
    translate(session, text)
    rewrite(session, text, "What it said was wrong.", significance=Significance.MAJOR)
    export(app, tmp_path / "base")
    empty(app)
    bring_back(app, tmp_path / "base")
    found = article(session)
    rewrite(session, text_of(session), "A slip.", significance=Significance.TYPO)
    assert {
        item.language: str(item.freshness)
        for item in article(session, found.translations[0].title).translations
    }["ja"] == "outdated"


def test_dates_in_the_future_are_not_believed(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change(LABELS, "published_at: 2026", "published_at: 2999")
    change(LABELS, "verified_at: 2026", "verified_at: 2999")
    empty(app)
    bring_back(app, folder)
    found = article(session)
    assert (found.verified_at, text_of(session).published_at) == (NOW, NOW)


def test_pictures_that_a_person_adds_come_in(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    (folder / "files").mkdir()
    (folder / "files/その絵.png").write_bytes(encoded(halves()))
    change(LABELS, "Choose", "![絵](../../files/その絵.png) ![no](../../files/no.png) Choose")
    report = bring_back(app, folder)
    assert [(path, line) for path, line, _message in told(report)] == [(LABELS, 15)]
    assert "![絵](/files/" in body(session)
    assert 'width="40"' in text_of(session).body_html


BROKEN: Mapping[str, tuple[str, bytes, int | None]] = {
    "no front matter": (LABELS, b"# Labels\n", 1),
    "front matter that is not closed": (LABELS, b"---\ntitle: x\n", 1),
    "front matter that is no YAML": (LABELS, b"---\ntitle: x\nsummary: [a\n---\nx\n", 4),
    "a list for a title": (LABELS, b"---\ntitle: [a]\n---\nx\n", 2),
    "no UTF-8": (LABELS, b"---\ntitle: x\n---\n\n\xff\n", 5),
    "an unknown status": (LABELS, b"---\ntitle: x\nstatus: ready\n---\nx\n", 3),
    "a date that is none": (LABELS, b"---\ntitle: x\nupdated_at: soon\n---\nx\n", 3),
    "an order that is none": (LABELS, b"---\ntitle: x\norder: first\n---\nx\n", 3),
    "an id that is none, and no other language": (SLIPS, b"---\ntitle: x\nid: first\n---\nx\n", 3),
    "a title twice": (LABELS, b"---\ntitle: x\ntitle: y\n---\nx\n", 3),
    "aliases without end": (LABELS, b"---\na: &a [x, x]\ntitle: *b\n---\nx\n", 3),
    "no words": (LABELS, b"---\ntitle: x\nid: 1\n---\n \n", 2),
    "no title": (LABELS, b"---\nid: 1\n---\nx\n", 2),
    "a text that is too long": (LABELS, b"---\ntitle: x\n---\n" + b"x" * 200_001, 2),
    "a list of sections that is none": ("sections.yaml", b"slug: x\n", 1),
    "a section without a slug": ("sections.yaml", b"- slug: printing\n- names: {en: x}\n", 2),
    "a section without a name": ("sections.yaml", b"- slug: printing\n- slug: x\n", 2),
    "a section twice": ("sections.yaml", b"- slug: printing\n- slug: printing\n  order: 1\n", 2),
    "a snippet without words": ("snippets/other.en.md", b"---\nname: other\n---\n", 2),
    "a snippet with a name that is none": ("snippets/other.en.md", b"---\nname: Other one\n---\nx\n", 2),
    "a folder without a section": ("articles/elsewhere/x.en.md", b"---\ntitle: x\n---\nx\n", 2),
    "a link to nowhere": (SLIPS, b"---\ntitle: Slips\n---\n\n[x](gone.en.md)\n", 5),
    "see also that leads nowhere": (SLIPS, b"---\ntitle: Slips\nsee_also:\n- gone.en.md\n---\n\nx\n", 4),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_told_by_line_and_the_rest_comes_in(
    app: Flask, session: Session, folder: Path, broken: str
) -> None:
    path, content, line = BROKEN[broken]
    before = files_of(folder)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)
    report = bring_back(app, folder)
    assert (path, line) in [(item.path, item.line) for item in report.problems], told(report)
    assert "audience" not in str([item for item in report.problems if item.path != path])
    export(app, folder.parent / "again")
    kept = {name for name in before if name not in {path, "engawa-export.json"}}
    after = files_of(folder.parent / "again")
    assert {name: before[name] for name in kept} == {name: after.get(name) for name in kept}


def test_nothing_outside_of_the_folder_is_read(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    (folder.parent / "secret.png").write_bytes(encoded(halves()))
    (folder / "files").mkdir()
    (folder / "files/linked.png").symlink_to(folder.parent / "secret.png")
    (folder / LABELS).unlink()
    (folder / LABELS).symlink_to("/etc/hostname")
    change(
        SLIPS,
        "Choose",
        "![a](../../files/linked.png) ![b](../../../secret.png) ![c](../../files/../../secret.png)",
    )
    report = bring_back(app, folder)
    assert {path for path, _line, _message in told(report)} >= {LABELS, SLIPS}
    assert "/files/" not in body(session, "Slips").replace("../files/", "").replace("../../files/", "")


@pytest.mark.parametrize("name", ["engawa-export.json", "engawa-export.unfinished"])
def test_half_an_export_is_none(folder: Path, name: str) -> None:
    if name == "engawa-export.json":
        (folder / name).unlink()
    else:
        (folder / name).write_text("")
    with pytest.raises(InvalidError, match="no whole export"):
        read_export(folder)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"engawa_export": 1}', '{"engawa_export": 2, "files": {}, "states": {}}']
)
def test_a_damaged_manifest_is_told(folder: Path, content: str) -> None:
    (folder / "engawa-export.json").write_text(content)
    with pytest.raises(InvalidError, match=r"damaged|later version"):
        read_export(folder)


def test_windows_line_ends_are_no_change(app: Flask, session: Session, folder: Path) -> None:
    for path, content in files_of(folder).items():
        if path.endswith(".md"):
            (folder / path).write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    assert bring_back(app, folder).outcomes == {Outcome.UNCHANGED: 3}


def test_fields_of_other_tools_are_told(app: Flask, session: Session, folder: Path, change: Change) -> None:
    change(LABELS, "title:", "tags: [a]\ntitle:")
    report = bring_back(app, folder)
    assert [(item.path, item.line, item.construct) for item in report.dropped] == [
        (LABELS, 2, "tags in front matter")
    ]
    assert json.loads(report.json())["dropped"] == {"tags in front matter": 1}


def test_what_two_languages_say_otherwise_is_told(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    change("articles/printing/labels.ja.md", "title:", "audience: public\ntitle:")
    report = bring_back(app, folder)
    assert [path for path, _line, _message in told(report)] == ["articles/printing/labels.ja.md"]
    assert article(session).audience == {"plan:team"}


def test_sections_outside_of_the_folder_are_not_read(app: Flask, session: Session, folder: Path) -> None:
    (folder / "sections.yaml").rename(folder.parent / "sections.yaml")
    (folder / "sections.yaml").symlink_to(folder.parent / "sections.yaml")
    report = bring_back(app, folder)
    assert ("sections.yaml", None, "link leaves the folder") in told(report)
    assert report.outcomes == {Outcome.FAILED: 3}


def test_languages_that_the_site_does_not_have_are_skipped(
    app: Flask, session: Session, folder: Path
) -> None:
    (folder / SLIPS).rename(folder / SLIPS.replace(".en.", ".fr."))
    report = bring_back(app, folder)
    assert [item.reason for item in report.skipped] == ["fr is no language of this site"]
    assert report.missing == 1


def test_a_manifest_outside_of_the_folder_is_not_read(folder: Path) -> None:
    (folder / "engawa-export.json").rename(folder.parent / "elsewhere.json")
    (folder / "engawa-export.json").symlink_to(folder.parent / "elsewhere.json")
    with pytest.raises(InvalidError, match="no whole export"):
        read_export(folder)


def test_an_address_that_leads_to_another_section_is_told(
    app: Flask, session: Session, folder: Path, change: Change
) -> None:
    make_section(session, "Labels")
    change("sections.yaml", "  order:", "  former_slugs: [labels]\n  order:")
    (problem,) = bring_back(app, folder).problems
    assert (problem.path, problem.line) == ("sections.yaml", 1)
    assert "leads to another section" in problem.message
    assert session.scalars(select(SectionSlug.slug)).all() == []
