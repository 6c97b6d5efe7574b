"""Who hears of steps that ticked themselves and of milestones, and that they hear it once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.adoption.service import Fact, restore, void
from portal.core.clock import utc_now
from portal.events import ChecklistCompleted, StepCompleted, StepsProved
from portal.notifications.models import Notice
from portal.onboarding import service
from portal.onboarding.models import Checklist, Milestone
from portal.onboarding.people import service as people
from portal.onboarding.rules import Proof
from portal.reactions.successes import NEWS_FOR, celebrate_checklist, celebrate_proofs, celebrate_step
from tests.factories import NOW, actor_of, make_account, make_user
from tests.onboarding.factories import draft, make_checklist, prove

USED = Proof(kind="feature.used")
Told = list[tuple[int, str, str | None]]


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def member(session: Session, account: Account) -> User:
    return make_user(session, account=account, name="Kim Sato")


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION)


@pytest.fixture
def others(session: Session, account: Account) -> list[User]:
    """A colleague, and people who must hear nothing: one who left, and the champion of another account."""
    return [
        make_user(session, account=account),
        make_user(session, account=account, is_active=False),
        make_user(session, account=make_account(session), role=Role.CHAMPION),
    ]


def told(session: Session) -> Told:
    """Return who was told what, about what; once each, in order of kind and person."""
    session.rollback()
    wanted = Notice.kind.in_(("step_done", "milestone_done"))
    rows = session.execute(select(Notice.user_id, Notice.kind, Notice.subject).where(wanted))
    return sorted((*row,) for row in rows)


def expected(kind: str, subject: str, *readers: User) -> Told:
    return sorted((reader.id, kind, subject) for reader in readers)


def use(session: Session, account: Account) -> list[int]:
    return prove(session, account, Fact(kind="feature.used", key="", occurred_at=NOW), now=NOW)


def celebrate(session: Session, checklist: Checklist) -> None:
    """Tell everything that can be told of a checklist, as if its events came again."""
    ids = [step.id for step in checklist.steps]
    celebrate_proofs(session, StepsProved(step_ids=tuple(ids)), NOW)
    for step_id in ids:
        celebrate_step(session, StepCompleted(step_id=step_id, at=NOW.isoformat()), NOW)
    celebrate_checklist(session, ChecklistCompleted(checklist_id=checklist.id), NOW)
    session.commit()


def test_who_does_a_step_and_the_champion_hear_once_that_it_ticked_itself(
    session: Session, account: Account, member: User, champion: User, others: list[User]
) -> None:
    checklist = make_checklist(session, account, [draft(proof=USED), draft("Order")])
    step_id = checklist.steps[0].id
    for person in (member, others[0]):
        people.assign(session, actor=SYSTEM, step_id=step_id, user_id=person.id, now=NOW)
    session.commit()
    celebrate(session, checklist)
    assert told(session) == []

    use(session, account)
    for _ in range(3):
        celebrate(session, checklist)

    assert told(session) == expected("step_done", f"step:{step_id}", member, others[0], champion)


def test_taking_a_proof_back_and_bringing_it_back_is_no_news(
    session: Session, account: Account, champion: User, work: Callable[[], None]
) -> None:
    checklist = make_checklist(session, account, [draft(proof=USED), draft("Order")])
    step_id = checklist.steps[0].id
    ids = use(session, account)
    celebrate(session, checklist)
    void(session, ids, reason="removed", now=NOW)
    session.commit()
    work()
    restore(session, ids, reason="removed", now=NOW)
    session.commit()
    work()
    celebrate(session, checklist)

    assert told(session) == expected("step_done", f"step:{step_id}", champion)


def test_what_was_opened_again_meanwhile_is_no_success(
    session: Session, account: Account, champion: User, member: User
) -> None:
    milestone = draft(proof=USED, milestone=Milestone.GO_LIVE)
    checklist = make_checklist(session, account, [milestone])
    use(session, account)
    service.reopen_step(session, actor=SYSTEM, step_id=checklist.steps[0].id, now=NOW + timedelta(hours=1))
    session.commit()
    celebrate(session, checklist)

    assert told(session) == []


@pytest.mark.parametrize("milestone", list(Milestone))
def test_everyone_of_the_account_hears_of_a_milestone_but_who_ticked_it(
    session: Session,
    account: Account,
    member: User,
    champion: User,
    others: list[User],
    milestone: Milestone,
) -> None:
    drafts = [draft("Order", milestone=milestone), draft("More")]
    checklist = make_checklist(session, account, drafts)
    step_id = checklist.steps[0].id
    people.assign(session, actor=SYSTEM, step_id=step_id, user_id=others[0].id, now=NOW)
    service.complete_step(session, actor=actor_of(member), step_id=step_id, now=NOW)
    session.commit()
    for _ in range(3):
        celebrate(session, checklist)

    assert told(session) == expected("milestone_done", f"step:{step_id}", champion, others[0])


def test_everyone_hears_that_a_checklist_is_complete(
    session: Session, account: Account, member: User, champion: User, others: list[User]
) -> None:
    drafts = [draft("Import"), draft("Order"), draft("More", is_required=False)]
    checklist = make_checklist(session, account, drafts)
    for hours, (step, person) in enumerate(zip(checklist.steps, (champion, member), strict=False)):
        at = NOW + timedelta(hours=hours)
        service.complete_step(session, actor=actor_of(person), step_id=step.id, now=at)
        session.commit()
        celebrate(session, checklist)
    celebrate(session, checklist)

    assert told(session) == expected("milestone_done", f"checklist:{checklist.id}", champion, others[0])


def test_an_optional_step_ticked_again_does_not_complete_a_checklist_anew(
    session: Session, account: Account, champion: User
) -> None:
    checklist = make_checklist(session, account, [draft("Import"), draft("More", is_required=False)])
    for step in checklist.steps:
        service.complete_step(session, actor=SYSTEM, step_id=step.id, now=NOW)
    session.commit()
    celebrate(session, checklist)
    step_id = checklist.steps[1].id
    service.reopen_step(session, actor=SYSTEM, step_id=step_id, now=NOW + timedelta(hours=1))
    service.complete_step(session, actor=SYSTEM, step_id=step_id, now=NOW + timedelta(hours=2))
    session.commit()
    celebrate(session, checklist)

    assert told(session) == expected("milestone_done", f"checklist:{checklist.id}", champion)


def test_a_step_ticked_by_hand_is_no_news(session: Session, account: Account, champion: User) -> None:
    checklist = make_checklist(session, account, [draft(), draft("Order")])
    service.complete_step(session, actor=SYSTEM, step_id=checklist.steps[0].id, now=NOW)
    session.commit()
    celebrate(session, checklist)

    assert told(session) == []


def test_what_was_done_long_ago_is_no_news(session: Session, account: Account, champion: User) -> None:
    checklist = make_checklist(session, account, [draft(proof=USED, milestone=Milestone.FIRST_VALUE)])
    use(session, account)
    step = checklist.steps[0]
    celebrate_proofs(session, StepsProved(step_ids=(step.id,)), NOW + NEWS_FOR)
    celebrate_step(session, StepCompleted(step_id=step.id, at=NOW.isoformat()), NOW + NEWS_FOR)
    celebrate_checklist(session, ChecklistCompleted(checklist_id=checklist.id), NOW + NEWS_FOR)
    session.commit()

    assert told(session) == []


def test_what_people_do_arrives_in_their_inboxes(
    session: Session, champion: User, account: Account, member: User, work: Callable[[], None]
) -> None:
    checklist = make_checklist(session, account, [draft("Order", milestone=Milestone.FIRST_VALUE), draft()])
    step_id = checklist.steps[0].id
    service.complete_step(session, actor=actor_of(member), step_id=step_id, now=utc_now())
    session.commit()
    work()

    assert told(session) == expected("milestone_done", f"step:{step_id}", champion)


def test_a_step_that_went_is_no_success(session: Session, account: Account) -> None:
    celebrate_step(session, StepCompleted(step_id=424242, at=NOW.isoformat()), NOW)
    celebrate_proofs(session, StepsProved(step_ids=(424242,)), NOW)
    session.commit()

    assert told(session) == []
