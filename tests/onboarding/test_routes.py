import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.audience import STAFF
from portal.accounts.models import Account, User
from portal.adoption.service import Fact, void
from portal.core.clock import utc_now
from portal.events import SignalsVoided
from portal.onboarding import service
from portal.onboarding.models import Checklist, Milestone
from portal.onboarding.rules import Proof
from portal.onboarding.sharing import service as sharing
from portal.onboarding.sharing.tokens import token_of
from portal.reactions.checklists import follow_voided
from tests.factories import actor_of, make_board, make_customer, make_topic, make_user
from tests.onboarding.factories import draft, make_checklist, prove

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    drafts = [
        draft("Invite the team", proof=Proof(kind="article.viewed", people=3)),
        draft("Import the products"),
        draft("Send the first order", milestone=Milestone.FIRST_VALUE),
        draft("Connect accounting", is_required=False),
    ]
    return make_checklist(session, account, drafts)


def completion(checklist: Checklist, index: int) -> str:
    return f"/onboarding/steps/{checklist.steps[index].id}/completion"


def test_a_visitor_is_asked_to_sign_in(client: FlaskClient, checklist: Checklist) -> None:
    assert client.get("/onboarding/").headers["Location"].startswith("/sign-in")
    assert client.post(completion(checklist, 0)).headers["Location"].startswith("/sign-in")


def test_the_path_shows_the_next_step_with_its_reason(
    browser_of: Browse, member: User, checklist: Checklist
) -> None:
    page = browser_of(member).get("/onboarding/").text

    assert "Required steps: <strong>0 of 3</strong>" in page
    assert len(re.findall(r"<li +class=.next.>", page)) == 1
    next_one = page[page.index("next-step") : page.index('<ol class="path"')]
    assert next_one.index("Invite the team") < next_one.index("So that orders can name them.")
    assert "3 people opened the article" in next_one
    assert "Nov 12, 2026" in next_one


def test_a_member_sees_no_other_checklist(session: Session, browser_of: Browse, checklist: Checklist) -> None:
    page = browser_of(make_customer(session)).get("/onboarding/")

    assert page.status_code == 200
    assert "Invite the team" not in page.text
    assert "No checklist yet" in page.text


def test_a_member_ticks_a_step_and_sees_who_did(
    browser_of: Browse, member: User, checklist: Checklist
) -> None:
    browser = browser_of(member)

    answer = browser.post(completion(checklist, 0))
    page = browser.get(answer.headers["Location"]).text

    assert answer.status_code == 303
    assert "Ticked by Kim Sato" in page
    assert "<strong>1 of 3</strong>" in page
    assert "Import the products" in page[page.index("next-step") : page.index('<ol class="path"')]


def test_a_proved_step_says_what_proved_it(
    session: Session, browser_of: Browse, account: Account, member: User, checklist: Checklist
) -> None:
    readers = [make_user(session, account=account) for _ in range(3)]
    seen = [Fact(kind="article.viewed", key="", occurred_at=NOW, user_id=reader.id) for reader in readers]
    prove(session, account, *seen, now=NOW)

    page = browser_of(member).get("/onboarding/").text

    assert "Done by itself: 3 people opened the article" in page


def test_the_first_value_and_the_end_are_celebrated(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    browser = browser_of(member)
    browser.post(completion(checklist, 2))
    assert "You have your first result." in browser.get("/onboarding/").text

    for index in (0, 1):
        browser.post(completion(checklist, index))
    page = browser.get("/onboarding/").text

    assert "All required steps are done." in page
    assert "Connect accounting" in page[page.index("next-step") : page.index('<ol class="path"')]


def test_a_member_opens_again_what_they_ticked(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    browser = browser_of(member)
    browser.post(completion(checklist, 0))

    answer = browser.post(completion(checklist, 0), data={"_method": "delete"})

    assert answer.status_code == 303
    assert "<strong>0 of 3</strong>" in browser.get("/onboarding/").text


def test_a_colleague_may_not_open_it_again(
    session: Session, browser_of: Browse, account: Account, member: User, checklist: Checklist
) -> None:
    colleague, champion = (
        make_user(session, account=account),
        make_user(session, account=account, role=Role.CHAMPION),
    )
    browser_of(member).post(completion(checklist, 0))

    assert "Open again" not in browser_of(colleague).get("/onboarding/").text
    assert browser_of(colleague).post(completion(checklist, 0), data={"_method": "delete"}).status_code == 403
    assert "Open again" in browser_of(champion).get("/onboarding/").text
    assert browser_of(champion).post(completion(checklist, 0), data={"_method": "delete"}).status_code == 303


def test_another_account_finds_no_step(session: Session, browser_of: Browse, checklist: Checklist) -> None:
    stranger, path = browser_of(make_customer(session)), completion(checklist, 0)

    assert stranger.post(path).status_code == 404
    assert stranger.post(path, data={"_method": "delete"}).status_code == 404


def test_staff_tick_on_the_page_of_the_account(
    session: Session, browser_of: Browse, checklist: Checklist
) -> None:
    staff = browser_of(make_user(session))

    assert staff.get("/onboarding/").headers["Location"] == "/staff/onboarding/"
    answer = staff.post(completion(checklist, 0))

    assert answer.headers["Location"] == f"/staff/onboarding/checklists/{checklist.id}"
    assert "<strong>1 of 3</strong>" in staff.get(answer.headers["Location"]).text


def test_the_path_in_japanese(
    session: Session, browser_of: Browse, account: Account, checklist: Checklist
) -> None:
    reader = browser_of(make_user(session, account=account))

    page = reader.get("/onboarding/", headers={"Accept-Language": "ja"}).text

    assert "Invite the team（日本語）" in page


def test_a_title_is_no_markup(session: Session, browser_of: Browse, account: Account, member: User) -> None:
    make_checklist(session, account, [draft("<script>alert(1)</script>")])

    assert "<script>alert" not in browser_of(member).get("/onboarding/").text


def test_a_person_who_left_is_not_named(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    service.complete_step(session, actor=SYSTEM, step_id=checklist.steps[0].id, now=NOW)
    session.commit()

    assert "Ticked by hand" in browser_of(member).get("/onboarding/").text


def proved(session: Session, account: Account, proof: Proof, *facts: Fact) -> Checklist:
    """Start a checklist of one step, and prove it."""
    checklist = make_checklist(session, account, [draft(proof=proof)])
    prove(session, account, *facts, now=NOW)
    assert checklist.is_complete
    return checklist


def fact(kind: str, user: User, subject: str) -> Fact:
    return Fact(kind=kind, key="", occurred_at=NOW, user_id=user.id, subject=subject)


def test_colleagues_see_who_proved_a_step_and_by_what(
    session: Session, browser_of: Browse, account: Account, member: User
) -> None:
    topic = make_topic(session, author=member, title="How do I print labels?")
    proved(
        session,
        account,
        Proof(kind="question.asked"),
        fact("question.asked", member, f"topic:{topic.id}"),
    )
    colleague = make_user(session, account=account)

    page = browser_of(colleague).get("/onboarding/").text

    line = page[page.index('<ul class="evidence">') :].partition("</ul>")[0]
    assert "Kim Sato</span>" in line
    assert f'<a href="/community/topics/{topic.id}-how-do-i-print-labels">How do I print labels?</a>' in line


def test_people_of_elsewhere_are_no_names_and_what_is_hidden_is_no_link(
    session: Session, browser_of: Browse, account: Account, member: User
) -> None:
    staff, stranger = make_user(session), make_customer(session, name="Lee Park")
    hidden = make_topic(
        session, author=staff, board=make_board(session, audience=STAFF), title="Between ourselves"
    )
    said = [
        fact("answer.posted", stranger, f"topic:{hidden.id}"),
        fact("answer.posted", member, "topic:424242"),
    ]
    checklist = proved(session, account, Proof(kind="answer.posted", people=2), *said)

    page = browser_of(member).get("/onboarding/").text
    line = page[page.index('<ul class="evidence">') :].partition("</ul>")[0]
    assert "Someone</span>" in line
    assert "Kim Sato</span>" in line
    assert "Lee Park" not in page
    assert "Between ourselves" not in page
    assert "<a " not in line

    page = browser_of(staff).get(f"/staff/onboarding/checklists/{checklist.id}").text
    assert "Lee Park</span>" in page
    assert "Between ourselves</a>" in page


def test_who_holds_a_link_sees_no_names(
    session: Session, client: FlaskClient, account: Account, member: User
) -> None:
    topic = make_topic(session, author=member, title="How do I print labels?")
    checklist = proved(
        session,
        account,
        Proof(kind="question.asked"),
        fact("question.asked", member, f"topic:{topic.id}"),
    )
    link = sharing.share(
        session, actor=actor_of(make_user(session)), checklist_id=checklist.id, days=30, now=utc_now()
    )
    session.commit()

    page = client.get(f"/onboarding/shared/{token_of(link.id)}").text

    assert "Done by itself: Someone asked a question" in page
    assert 'class="evidence"' not in page
    assert "Kim Sato" not in page


def test_many_facts_are_told_by_the_first_of_them(
    session: Session, browser_of: Browse, account: Account, member: User
) -> None:
    facts = [fact("article.viewed", member, "article:1") for _ in range(8)]
    proved(session, account, Proof(kind="article.viewed", count=8), *facts)

    page = browser_of(member).get("/onboarding/").text

    assert page.count("<span>Kim Sato</span>") == 5
    assert "and 3 more" in page


@pytest.mark.parametrize(
    ("kind", "because", "language", "sentence"),
    [
        ("answer.posted", "removed", "en", "The answer that proved this was removed."),
        ("answer.posted", "removed", "ja", "完了の根拠だった回答が削除されました。"),
        ("question.asked", "removed", "en", "The question that proved this was removed."),
        ("reply.posted", "removed", "en", "The post that proved this was removed."),
        ("answer.accepted", "withdrawn", "en", "The answer that proved this is not accepted any more."),
        ("feature.used", "unheard of", "en", "What proved this was taken back."),
    ],
)
def test_a_step_says_why_it_is_open_again(
    session: Session,
    browser_of: Browse,
    account: Account,
    kind: str,
    because: str,
    language: str,
    sentence: str,
) -> None:
    checklist = proved(session, account, Proof(kind=kind), Fact(kind=kind, key="", occurred_at=NOW))
    reader = make_user(session, account=account)
    void(session, checklist.steps[0].proved_by or [], reason=because, now=NOW)
    ids = tuple(checklist.steps[0].proved_by or [])
    follow_voided(session, SignalsVoided(signal_ids=ids, reason=because), NOW)
    session.commit()

    page = browser_of(reader).get("/onboarding/", headers={"Accept-Language": language})
    assert sentence in page.text
