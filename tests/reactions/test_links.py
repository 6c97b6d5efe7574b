"""Broken links are found, by night and as soon as a text is published, and forgotten once they are mended."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import SYSTEM
from portal.accounts.audience import SIGNED_IN, Audience
from portal.files import service as files
from portal.files.rules import path_of, place_of
from portal.knowledge import workflow
from portal.knowledge.models import ArticleStatus, Translation
from portal.knowledge.queries import article_with_texts
from portal.knowledge.snippets import service as snippets
from portal.knowledge.structure import merging, sections
from portal.knowledge.structure.sections import SectionDraft
from portal.knowledge.upkeep import link_check
from portal.knowledge.upkeep.link_check import Checked, check_all, count_texts
from portal.knowledge.upkeep.models import BrokenLink, Fault
from portal.knowledge.upkeep.queries import broken_links_for
from portal.reactions.links import this_site
from tests.architecture.world import PIXEL
from tests.factories import NOW, actor_of, make_account, make_board, make_customer, make_topic, make_user
from tests.knowledge.factories import archive, make_article, make_section, rewrite, translate
from tests.statements import statements

CENTRES = Path(__file__).parents[2].parent / "shared/data/help-center"
Broken = list[tuple[str, str]]


def look(session: Session) -> Checked:
    session.commit()
    checked = check_all(this_site(), now=NOW, advance=lambda _count: None)
    session.rollback()
    return checked


def broken(session: Session) -> Broken:
    return [(row.link.target, row.link.fault) for row in broken_links_for(session, SYSTEM)]


def link_to(session: Session, *targets: str, audience: Audience = frozenset({"public"})) -> Translation:
    body = "\n".join(f"[here]({target})" for target in targets)
    return make_article(session, "Where to go", body=body, audience=audience)


def path(text: Translation, anchor: str = "") -> str:
    return f"/help/{text.language}/articles/{text.article_id}-{text.slug}{anchor}"


def test_what_leads_somewhere_is_not_broken(session: Session, client: FlaskClient) -> None:
    section = make_section(session, "Printing")
    text = make_article(session, body="# Paper\n\nA4.", section=section)
    topic = make_topic(session, author=make_customer(session), board=make_board(session, slug="talk"))
    targets = [
        path(text),
        path(text, "#h-paper"),
        path(text, "#helpful"),
        f"/help/en/articles/{text.article_id}-an-earlier-name",
        f"/help/ja/articles/{text.article_id}-x",
        f"/help/articles/{text.article_id}",
        "/help",
        "/help/en/",
        "/help/en/printing/",
        "/help/en/printing",
        "/help/en/feed.atom",
        "/community/",
        "/community/talk/",
        "/community/talk",
        f"/community/topics/{topic.id}-{topic.slug}",
        f"/community/topics/{topic.id}",
        "/community/topics/new?title=x",
        "/search?q=paper",
        "/support/requests/new",
        "/static/img/mark.svg",
        "/",
        "#h-here",
    ]
    body = "# Here\n\n" + "\n".join(f"[x]({target})" for target in targets) + "\n\nNote[^1].\n\n[^1]: Yes."
    make_article(session, body=body)
    look(session)
    assert broken(session) == []
    for target in targets[:-1]:
        assert client.get(target, follow_redirects=True, buffered=True).status_code == 200, target


def test_each_fault_has_its_name(session: Session, client: FlaskClient) -> None:
    draft = make_article(session, status=ArticleStatus.DRAFT)
    old = make_article(session)
    archive(session, old)
    inner = make_article(session, audience=SIGNED_IN)
    text = make_article(session, body="# Paper\n\nA4.")
    empty = make_section(session, "Empty")
    board = make_board(session, slug="inside", audience=SIGNED_IN)
    expected = [
        ("/help/en/articles/424242-x", Fault.MISSING),
        ("/help/en/articles/99999999999999999999-x", Fault.MISSING),
        (f"/help/fr/articles/{text.article_id}-x", Fault.MISSING),
        ("/help/en/nowhere/", Fault.MISSING),
        ("/no/such/page", Fault.MISSING),
        ("/no//such//page", Fault.MISSING),
        ("/community/topics/424242-x", Fault.MISSING),
        ("/community/topics/99999999999999999999-x", Fault.MISSING),
        ("/community/nowhere/", Fault.MISSING),
        ("/files/0123456789012345678901234567890123456789", Fault.MISSING),
        ("/static/css/nothing.css", Fault.MISSING),
        ("/static/%2e%2e/app.py", Fault.MISSING),
        (path(draft), Fault.WITHDRAWN),
        (path(old), Fault.WITHDRAWN),
        (f"/help/en/{empty.slug}/", Fault.WITHDRAWN),
        (path(inner), Fault.HIDDEN),
        (f"/community/{board.slug}/", Fault.HIDDEN),
        ("/staff/articles/", Fault.HIDDEN),
        (path(text, "#h-ink"), Fault.ANCHOR_GONE),
        ("#h-nothing", Fault.ANCHOR_GONE),
    ]
    link_to(session, *(target for target, _fault in expected))
    checked = look(session)
    assert sorted(broken(session)) == sorted(expected)
    assert checked.broken == len(expected)
    for target, fault in expected:
        if fault in {Fault.MISSING, Fault.WITHDRAWN}:
            assert client.get(target).status_code == 404, target


def test_pictures_and_videos_have_to_be_there(app: Flask, session: Session) -> None:
    folder = app.extensions["settings"].uploads_dir
    file = files.store(session, folder=folder, name="a.png", content=PIXEL, now=NOW)
    make_article(session, body=f"![a]({path_of(file)})\n\n![b](/files/b)\n\n![c](/static/no.png)")
    look(session)
    assert broken(session) == [("/files/b", Fault.MEDIA_MISSING), ("/static/no.png", Fault.MEDIA_MISSING)]
    place_of(file, folder).unlink()
    look(session)
    assert (path_of(file), Fault.MEDIA_MISSING) in broken(session)


def test_earlier_addresses_of_sections_and_merged_articles_lead_on(session: Session) -> None:
    section = make_section(session, "Printing")
    merged = make_article(session, body="# Old\n\nText.", section=section)
    kept = make_article(session, body="# New\n\nText.", section=section)
    link_to(session, path(merged), path(merged, "#h-new"), path(merged, "#h-old"), "/help/en/printing/")
    draft = SectionDraft(names=section.names, slug="paper")
    sections.update_section(session, actor=SYSTEM, section_id=section.id, draft=draft)
    merging.merge(session, actor=SYSTEM, article_id=merged.article_id, target_id=kept.article_id, now=NOW)
    look(session)
    assert broken(session) == [(path(merged, "#h-old"), Fault.ANCHOR_GONE)]


def test_a_link_is_hidden_only_where_some_readers_may_not_follow(session: Session) -> None:
    account = make_account(session, plan="business")
    planned = make_article(session, audience=frozenset({"plan:business"}))
    for audience in ({f"account:{account.id}"}, {"plan:business"}, {"staff"}):
        link_to(session, path(planned), audience=frozenset(audience))
    look(session)
    assert broken(session) == []
    link_to(session, path(planned), audience=SIGNED_IN)
    look(session)
    assert broken(session) == [(path(planned), Fault.HIDDEN)]


def test_a_section_is_for_all_who_find_something_in_it(session: Session) -> None:
    top = make_section(session, "Top")
    below = make_section(session, "Below", parent=top)
    make_article(session, section=below, audience=SIGNED_IN)
    link_to(session, "/help/en/top/", audience=SIGNED_IN)
    look(session)
    assert broken(session) == []
    link_to(session, "/help/en/top/")
    look(session)
    assert broken(session) == [("/help/en/top/", Fault.HIDDEN)]


def test_only_what_readers_see_is_looked_at(session: Session) -> None:
    text = link_to(session, "/nowhere")
    rewrite(session, text, "[there](/nowhere/else)")
    make_article(session, body="[x](/nowhere)", status=ArticleStatus.DRAFT)
    assert look(session) == Checked(texts=1, links=1, broken=1)
    assert broken(session) == [("/nowhere/else", Fault.MISSING)]
    archive(session, text)
    look(session)
    assert session.scalars(select(BrokenLink)).all() == []


def test_what_stays_broken_keeps_the_time_at_which_it_was_found(session: Session) -> None:
    text = link_to(session, "/nowhere", "/nowhere", "/elsewhere")
    look(session)
    [first, second] = session.scalars(select(BrokenLink).order_by(BrokenLink.target)).all()
    assert {first.found_at, second.found_at} == {NOW}
    rewrite(session, text, "[x](/nowhere)")
    check_all(this_site(), now=NOW + timedelta(days=1), advance=lambda _count: None)
    session.rollback()
    [kept] = session.scalars(select(BrokenLink)).all()
    assert (kept.id, kept.found_at) == (second.id, NOW)


def test_addresses_of_any_length_are_kept(session: Session) -> None:
    link_to(session, *(f"/nowhere/{'紙' * 800}{number}" for number in range(2)))
    assert look(session).broken == 1
    assert look(session).broken == 1
    [(target, _fault)] = broken(session)
    assert target.startswith("/nowhere/")


def test_a_mended_text_leaves_the_list_when_it_is_published(
    session: Session, work: Callable[[], None]
) -> None:
    text = link_to(session, "/nowhere")
    work()
    assert broken(session) == [("/nowhere", Fault.MISSING)]
    rewrite(session, text, "No link.")
    work()
    assert broken(session) == []


def test_a_target_that_is_published_mends_the_links_to_it(session: Session, work: Callable[[], None]) -> None:
    draft = make_article(session, status=ArticleStatus.DRAFT)
    link_to(session, path(draft))
    work()
    assert broken(session) == [(path(draft), Fault.WITHDRAWN)]
    article = article_with_texts(session, draft.article_id)
    workflow.publish(session, actor=SYSTEM, article=article, language="en", now=NOW)
    session.commit()
    work()
    assert broken(session) == []


def test_a_snippet_that_is_mended_mends_the_texts_that_use_it(
    session: Session, work: Callable[[], None]
) -> None:
    bodies = {"en": "[Ask](/nowhere)"}
    snippet_id = snippets.add_snippet(session, actor=SYSTEM, name="ask", bodies=bodies).id
    for _ in range(7):
        make_article(session, body="{{snippet:ask}}")
    work()
    assert broken(session) == [("/nowhere", Fault.MISSING)] * 7
    bodies = {"en": "[Ask](/support/requests/new)"}
    snippets.update_snippet(session, actor=SYSTEM, snippet_id=snippet_id, bodies=bodies)
    session.commit()
    work()
    assert broken(session) == []


def test_the_worker_looks_by_night(session: Session) -> None:
    link_to(session, "/nowhere")
    worker.check_links()
    session.rollback()
    assert broken(session) == [("/nowhere", Fault.MISSING)]


def test_each_translation_is_a_text_of_its_own(session: Session) -> None:
    text = link_to(session, "/nowhere")
    translated = translate(session, text)
    rewrite(session, translated, f"# 紙\n\n[x](/help/articles/{text.article_id}#h-紙)")
    assert look(session).texts == 2
    assert [row.language for row in broken_links_for(session, SYSTEM)] == ["en"]


def test_customers_get_no_list(session: Session) -> None:
    link_to(session, "/nowhere")
    look(session)
    assert broken_links_for(session, actor_of(make_customer(session))) == []
    assert len(broken_links_for(session, actor_of(make_user(session)), [424242])) == 0


def test_statements_go_by_batches_not_by_texts(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [make_article(session) for _ in range(2)]
    for number in range(6):
        link_to(session, *(path(other) for other in others), f"/nowhere/{number}")
    look(session)
    with statements() as few:
        look(session)
    monkeypatch.setattr(link_check, "TEXTS_AT_ONCE", 3)
    with statements() as many:
        assert look(session).texts == 8
    assert len(few) <= 14
    assert len(many) <= 3 * len(few)


def test_the_command_tells_what_is_broken(app: Flask, session: Session) -> None:
    text = link_to(session, "/nowhere")
    run = app.test_cli_runner().invoke(args=["kb", "check"])
    assert run.exit_code == 1
    assert run.stdout == f"{path(text)}: /nowhere: missing\n1 texts, 1 links, 1 broken\n"
    run = app.test_cli_runner().invoke(args=["kb", "check", "--json"])
    row = {"page": path(text), "target": "/nowhere", "fault": "missing"}
    assert json.loads(run.stdout) == {"texts": 1, "links": 1, "broken": [row]}
    rewrite(session, text, "No link.")
    run = app.test_cli_runner().invoke(args=["kb", "check"])
    assert (run.exit_code, run.stdout) == (0, "1 texts, 0 links, 0 broken\n")


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not CENTRES.is_dir(), reason="needs ../shared/data/help-center")
def test_a_real_help_centre_has_only_the_link_that_is_broken_in_its_source(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    arguments = ["kb", "import", str(CENTRES / "growi/en"), "--language", "en", "--publish"]
    app.test_cli_runner().invoke(args=arguments)
    session.rollback()
    checked = look(session)
    assert checked.texts == count_texts(session) > 140
    assert checked.links > 200
    assert [target for target, _fault in broken(session)] == [
        "#Specification change - bootstrap version is upgraded to v5 series"
    ]
