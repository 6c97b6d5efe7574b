"""Asking people who have passed a step, and who agreed to it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, AccountStatus, SignIn, User
from portal.accounts.sanctions import SanctionKind, impose
from portal.core.clock import utc_now
from portal.core.errors import ForbiddenError
from portal.forum import service as forum
from portal.forum.experts.models import ExpertInvitation
from portal.forum.experts.rules import MOST_INVITED, Wishes
from portal.forum.experts.service import choose as choose_wishes
from portal.forum.models import Board, Topic, TopicKind
from portal.forum.service import Draft
from portal.notifications import service as notifications
from portal.notifications.kinds import Delivery
from portal.notifications.restraint import QuietHours
from portal.onboarding import service as checklists
from portal.onboarding.models import Checklist, ChecklistStep, SuccessMap
from portal.onboarding.peers import queries, service
from portal.onboarding.people import service as people
from tests.factories import actor_of, make_account, make_board, make_user, start_sign_in
from tests.onboarding.factories import STARTED_ON, draft, make_map

Work = Callable[[], None]
ALWAYS = Wishes(quiet=QuietHours(begin=8, end=8, holds_on_weekends=False))


@pytest.fixture
def success_map(session: Session) -> SuccessMap:
    return make_map(session, [draft("Import"), draft("Order")])


def start(session: Session, account: Account, success_map: SuccessMap) -> Checklist:
    checklist = checklists.start_checklist(
        session, actor=SYSTEM, account_id=account.id, map_id=success_map.id, started_on=STARTED_ON
    )
    session.commit()
    return checklist


@pytest.fixture
def step(session: Session, account: Account, member: User, success_map: SuccessMap) -> ChecklistStep:
    """The step at which the member's account stands."""
    return start(session, account, success_map).steps[0]


def make_peer(session: Session, success_map: SuccessMap, *, key: str = "s1", agrees: bool = True) -> User:
    """Make someone whose account has passed a step, who is here and can be asked at any hour."""
    peer = make_user(session, account=make_account(session))
    assert peer.account
    steps = {each.key: each for each in start(session, peer.account, success_map).steps}
    checklists.complete_step(session, actor=actor_of(peer), step_id=steps[key].id, now=utc_now())
    service.choose(session, actor=actor_of(peer), may_be_asked=agrees)
    choose_wishes(session, actor=actor_of(peer), wishes=ALWAYS)
    start_sign_in(session, peer)
    return peer


def peers_at(session: Session, step: ChecklistStep) -> list[User]:
    peers = queries.peers_at(session, step, now=utc_now())
    assert queries.peer_counts(session, [step], now=utc_now()).get(step.id, 0) == len(peers)
    return list(peers)


def ask(session: Session, author: User, about: str, *, board: Board | None = None) -> Topic:
    topic = forum.post_topic(
        session,
        actor=actor_of(author),
        board_slug=(board or make_board(session)).slug,
        kind=TopicKind.QUESTION,
        draft=Draft(title="How did you import?", body="It stops.", about=about),
        now=utc_now(),
    )
    session.commit()
    return topic


def asked_about(session: Session, topic: Topic) -> set[int]:
    query = select(ExpertInvitation.user_id).where(ExpertInvitation.topic_id == topic.id)
    return set(session.scalars(query))


def test_peers_have_passed_the_same_step_elsewhere(
    session: Session, success_map: SuccessMap, step: ChecklistStep
) -> None:
    first, second = make_peer(session, success_map), make_peer(session, success_map)
    make_peer(session, success_map, key="s2")
    make_peer(session, make_map(session))
    assert peers_at(session, step) == [second, first]


@pytest.mark.parametrize(
    "reason",
    ["disagrees", "away", "inactive", "churned", "colleague", "reopened", "silenced", "hears nothing"],
)
def test_who_is_no_peer(
    session: Session, success_map: SuccessMap, account: Account, step: ChecklistStep, reason: str
) -> None:
    peer = make_peer(session, success_map, agrees=reason != "disagrees")
    match reason:
        case "away":
            sign_in = session.scalars(select(SignIn).where(SignIn.user_id == peer.id)).one()
            sign_in.created_at = utc_now() - queries.ACTIVE_WITHIN
        case "inactive":
            peer.is_active = False
        case "churned":
            assert peer.account
            peer.account.status = AccountStatus.CHURNED
        case "colleague":
            peer.account = account
        case "reopened":
            done = select(ChecklistStep.id).where(ChecklistStep.completed_at.is_not(None))
            step_id = session.scalars(done).one()
            checklists.reopen_step(session, actor=SYSTEM, step_id=step_id, now=utc_now())
        case "silenced":
            impose(
                session,
                actor=actor_of(make_user(session, role=Role.ADMIN)),
                user_id=peer.id,
                kind=SanctionKind.SILENCE,
                reason="Rude.",
                days=1,
                now=utc_now(),
            )
        case "hears nothing":
            deliveries = {"expert_invited": Delivery.NOTHING}
            notifications.choose(session, actor=actor_of(peer), deliveries=deliveries, watches_own=True)
    session.commit()
    assert peers_at(session, step) == []


def test_nobody_may_be_asked_who_has_not_said_so(session: Session, member: User) -> None:
    assert not queries.may_be_asked(session, member.id)
    service.choose(session, actor=actor_of(member), may_be_asked=True)
    assert queries.may_be_asked(session, member.id)
    with pytest.raises(ForbiddenError):
        service.choose(session, actor=actor_of(make_user(session)), may_be_asked=True)


def test_some_peers_are_asked_about_a_question_at_a_step(
    session: Session, work: Work, success_map: SuccessMap, member: User, step: ChecklistStep
) -> None:
    peers = [make_peer(session, success_map).id for _ in range(MOST_INVITED + 1)]
    topic = ask(session, member, f"step:{step.id}")
    work()
    assert asked_about(session, topic) == set(peers[1:])


def test_peers_are_asked_no_more_often_than_they_like(
    session: Session, work: Work, success_map: SuccessMap, member: User, step: ChecklistStep
) -> None:
    peer = make_peer(session, success_map)
    board = make_board(session)
    topics = []
    for _ in range(ALWAYS.most_a_week + 1):
        topics.append(ask(session, member, f"step:{step.id}", board=board))
        work()
        step = session.get_one(ChecklistStep, step.id)
    assert [bool(asked_about(session, topic)) for topic in topics] == [True] * ALWAYS.most_a_week + [False]
    assert peer.id in asked_about(session, topics[0])


@pytest.mark.parametrize("about", ["", "step:424242", "topic:1", "foreign", "account"])
def test_nobody_is_asked_about_what_the_asker_may_not_see(
    session: Session,
    work: Work,
    success_map: SuccessMap,
    account: Account,
    member: User,
    step: ChecklistStep,
    about: str,
) -> None:
    make_peer(session, success_map)
    foreign = start(session, make_account(session), success_map).steps[0]
    board = make_board(session, audience=frozenset({f"account:{account.id}"})) if about == "account" else None
    about = {"foreign": f"step:{foreign.id}", "account": f"step:{step.id}"}.get(about, about)
    topic = ask(session, member, about, board=board)
    work()
    assert asked_about(session, topic) == set()


def test_the_plan_leads_to_the_peers_and_on_to_the_question(
    session: Session,
    work: Work,
    success_map: SuccessMap,
    member: User,
    step: ChecklistStep,
    browser_of: Callable[[User], FlaskClient],
) -> None:
    peer = make_peer(session, success_map)
    peer_id, company = peer.id, peer.account.name if peer.account else ""
    board, browser = make_board(session), browser_of(member)

    assert "1 person elsewhere has done this and may be asked" in browser.get("/onboarding/").text
    page = browser.get(f"/onboarding/steps/{step.id}/peers").text
    assert company in page
    assert peer.name in page
    form = browser.get(f"/community/topics/new?kind=question&title=How&about=step:{step.id}").text
    assert f'value="step:{step.id}"' in form
    browser.post(
        "/community/topics/new",
        data={
            "title": "How did you import?",
            "body": "It stops.",
            "board": board.slug,
            "kind": "question",
            "about": f"step:{step.id}",
        },
    )
    work()

    topic = session.scalars(select(Topic)).one()
    assert asked_about(session, topic) == {peer_id}


def test_the_pages_of_ones_own_step_lead_to_its_peers(
    session: Session,
    success_map: SuccessMap,
    member: User,
    step: ChecklistStep,
    browser_of: Callable[[User], FlaskClient],
) -> None:
    make_peer(session, success_map, key="s2")
    browser, own_id = browser_of(member), step.checklist.steps[1].id
    link = f'href="/onboarding/steps/{own_id}/peers"'
    assert link not in browser.get("/onboarding/").text
    people.assign(session, actor=SYSTEM, step_id=own_id, user_id=member.id, now=utc_now())
    session.commit()

    assert link in browser.get("/onboarding/").text
    page = f"/onboarding/steps/{own_id}"
    assert link in browser.get(page).text
    checklists.complete_step(session, actor=SYSTEM, step_id=own_id, now=utc_now())
    session.commit()
    assert link not in browser.get(page).text


def test_anything_else_is_about_nothing(
    session: Session, member: User, browser_of: Callable[[User], FlaskClient]
) -> None:
    data = {"title": "How?", "body": "It stops.", "board": make_board(session).slug, "kind": "question"}
    answer = browser_of(member).post("/community/topics/new", data={**data, "about": "<b>" + "9" * 99})
    assert answer.status_code == 303
    assert session.scalars(select(Topic.about)).one() == ""


def test_who_agrees_says_so_in_the_settings(
    session: Session, member: User, browser_of: Callable[[User], FlaskClient]
) -> None:
    browser = browser_of(member)
    assert "checked" not in browser.get("/me/steps/").text
    browser.post("/me/steps/", data={"may_be_asked": "y"})
    assert "checked" in browser.get("/me/steps/").text
    browser.post("/me/steps/", data={})
    assert "checked" not in browser.get("/me/steps/").text
