from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.adoption.service import Fact
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.onboarding import queries, service
from portal.onboarding.maps import service as maps
from portal.onboarding.maps.queries import map_for
from portal.onboarding.maps.service import MapDraft
from portal.onboarding.models import ChecklistStep, Milestone
from portal.onboarding.rules import Proof
from tests.factories import actor_of, make_customer, make_user
from tests.onboarding.factories import STARTED_ON, draft, make_checklist, make_map, prove

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)


def events(session: Session) -> list[tuple[str, int, str]]:
    rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))
    return [(row.name, row.payload["step_id"], row.payload["at"]) for row in rows if "step_id" in row.payload]


@pytest.fixture
def steps(session: Session, account: Account) -> list[ChecklistStep]:
    """Two required steps, and an optional one after them."""
    drafts = [
        draft("Import"),
        draft("Order", milestone=Milestone.FIRST_VALUE),
        draft("Export", is_required=False),
    ]
    return make_checklist(session, account, drafts).steps


def test_a_map_keeps_its_steps_in_order(session: Session) -> None:
    success_map = make_map(session, [draft("First"), draft("Second")])

    maps.add_step(session, actor=SYSTEM, map_id=success_map.id, draft=draft("Third"))

    assert [(step.position, step.title("en")) for step in success_map.steps] == [
        (1, "First"),
        (2, "Second"),
        (3, "Third"),
    ]


def test_two_maps_of_one_name_are_refused(session: Session) -> None:
    maps.add_map(session, actor=SYSTEM, draft=MapDraft(names={"en": "Rollout"}))

    with pytest.raises(ConflictError):
        maps.add_map(session, actor=SYSTEM, draft=MapDraft(names={"ja": "", "en": " Rollout "}))


def test_maps_and_steps_need_a_word(session: Session) -> None:
    with pytest.raises(InvalidError) as error:
        maps.add_map(session, actor=SYSTEM, draft=MapDraft(names={"en": " ", "ja": ""}))
    assert error.value.field == "name_en"
    untitled = replace(draft(), titles={"en": " ", "ja": ""})
    with pytest.raises(InvalidError) as error:
        maps.add_step(session, actor=SYSTEM, map_id=make_map(session).id, draft=untitled)
    assert error.value.field == "title_en"


def test_only_staff_plan(session: Session, account: Account, member: User) -> None:
    champion = actor_of(make_user(session, account=account, role=Role.CHAMPION))
    success_map = make_map(session)

    with pytest.raises(ForbiddenError):
        maps.add_map(session, actor=champion, draft=MapDraft(names={"en": "Rollout"}))
    for actor in (champion, actor_of(member)):
        with pytest.raises(NotFoundError):
            service.start_checklist(
                session, actor=actor, account_id=account.id, map_id=success_map.id, started_on=STARTED_ON
            )
        with pytest.raises(NotFoundError):
            maps.remove_step(session, actor=actor, step_id=success_map.steps[0].id)


def test_a_checklist_copies_its_map_with_days(session: Session, account: Account) -> None:
    proof = Proof(kind="feature.used", count=2, where={"feature": ("export",)})
    drafts = [
        draft("Import", due_after_days=3, article_id=12, proof=proof),
        draft("Order", due_after_days=10),
        draft("Export", due_after_days=60, is_required=False),
    ]

    checklist = make_checklist(session, account, drafts, started_on=date(2026, 11, 28))

    assert [step.due_on for step in checklist.steps] == [
        date(2026, 12, 2),
        date(2026, 12, 11),
        date(2027, 2, 25),
    ]
    assert checklist.ends_on == date(2026, 12, 11)
    first = checklist.steps[0]
    assert (first.article_id, first.proof, first.is_done) == (12, proof.stored(), False)


def test_a_running_checklist_stays_as_its_map_was(session: Session, account: Account) -> None:
    success_map = make_map(session, [draft("Import"), draft("Order")])
    first, second = success_map.steps
    checklist = service.start_checklist(
        session, actor=SYSTEM, account_id=account.id, map_id=success_map.id, started_on=STARTED_ON
    )
    session.commit()

    maps.change_step(session, actor=SYSTEM, step_id=first.id, draft=draft("Import all"))
    maps.remove_step(session, actor=SYSTEM, step_id=second.id)
    session.commit()

    session.expire_all()
    success_map = map_for(session, SYSTEM, success_map.id)
    checklist = queries.checklist_for(session, SYSTEM, checklist.id)
    assert [step.title("en") for step in checklist.steps] == ["Import", "Order"]
    assert [step.title("en") for step in success_map.steps] == ["Import all"]


def test_an_account_has_a_map_once(session: Session, account: Account) -> None:
    checklist = make_checklist(session, account)

    with pytest.raises(ConflictError):
        service.start_checklist(
            session,
            actor=SYSTEM,
            account_id=account.id,
            map_id=checklist.success_map_id,
            started_on=STARTED_ON,
        )


def test_a_map_without_required_steps_is_no_plan(session: Session, account: Account) -> None:
    with pytest.raises(InvalidError):
        make_checklist(session, account, [draft(is_required=False)])


def test_a_member_ticks_a_step(session: Session, member: User, steps: list[ChecklistStep]) -> None:
    step = service.complete_step(session, actor=actor_of(member), step_id=steps[0].id, now=NOW)
    session.commit()

    assert (step.completed_at, step.completed_by_id, step.proved_by) == (NOW, member.id, None)
    assert not step.checklist.is_complete
    assert events(session) == [("StepCompleted", step.id, NOW.isoformat())]


def test_ticking_twice_changes_nothing(session: Session, member: User, steps: list[ChecklistStep]) -> None:
    service.complete_step(session, actor=actor_of(member), step_id=steps[0].id, now=NOW)
    session.commit()

    again = service.complete_step(session, actor=SYSTEM, step_id=steps[0].id, now=LATER)
    session.commit()

    assert (again.completed_at, again.completed_by_id, again.proved_by) == (NOW, member.id, None)
    assert len(events(session)) == 1


def test_the_last_required_step_completes_the_checklist(
    session: Session, member: User, steps: list[ChecklistStep]
) -> None:
    service.complete_step(session, actor=actor_of(member), step_id=steps[1].id, now=NOW)
    session.commit()
    last = service.complete_step(session, actor=SYSTEM, step_id=steps[0].id, now=LATER)
    session.commit()

    assert last.checklist.completed_at == last.completed_at == LATER
    service.complete_step(session, actor=actor_of(member), step_id=steps[2].id, now=LATER + timedelta(days=1))
    assert last.checklist.completed_at == LATER


def test_opening_a_required_step_again_opens_the_checklist(
    session: Session, member: User, steps: list[ChecklistStep]
) -> None:
    for step in steps:
        service.complete_step(session, actor=actor_of(member), step_id=step.id, now=NOW)
    session.commit()

    service.reopen_step(session, actor=actor_of(member), step_id=steps[2].id, now=LATER)
    assert steps[2].checklist.is_complete
    opened = service.reopen_step(session, actor=actor_of(member), step_id=steps[0].id, now=LATER)
    session.commit()

    assert not opened.checklist.is_complete
    assert (opened.is_done, opened.completed_by_id, opened.reopened_at) == (False, None, LATER)
    assert events(session)[-1] == ("StepReopened", opened.id, LATER.isoformat())


def test_opening_an_open_step_changes_nothing(session: Session, steps: list[ChecklistStep]) -> None:
    service.reopen_step(session, actor=SYSTEM, step_id=steps[0].id, now=NOW)
    session.commit()

    assert steps[0].reopened_at is None
    assert events(session) == []


def test_who_may_open_a_step_again(
    session: Session, account: Account, member: User, steps: list[ChecklistStep]
) -> None:
    colleague = actor_of(make_user(session, account=account))
    champion = actor_of(make_user(session, account=account, role=Role.CHAMPION))
    staff = actor_of(make_user(session))
    for actor in (actor_of(member), champion, staff):
        service.complete_step(session, actor=actor_of(member), step_id=steps[0].id, now=NOW)
        session.commit()
        with pytest.raises(ForbiddenError):
            service.reopen_step(session, actor=colleague, step_id=steps[0].id, now=LATER)
        session.rollback()

        assert not service.reopen_step(session, actor=actor, step_id=steps[0].id, now=LATER).is_done
        session.commit()


def test_a_member_cannot_open_what_signals_proved(session: Session, account: Account, member: User) -> None:
    step = make_checklist(session, account, [draft(proof=Proof(kind="question.asked"))]).steps[0]
    prove(session, account, Fact(kind="question.asked", key="", occurred_at=NOW), now=NOW)
    assert step.is_done

    with pytest.raises(ForbiddenError):
        service.reopen_step(session, actor=actor_of(member), step_id=step.id, now=LATER)


def test_another_account_sees_no_step(session: Session, steps: list[ChecklistStep]) -> None:
    stranger = actor_of(make_customer(session))

    with pytest.raises(NotFoundError):
        service.complete_step(session, actor=stranger, step_id=steps[0].id, now=NOW)
    with pytest.raises(NotFoundError):
        service.reopen_step(session, actor=stranger, step_id=steps[0].id, now=NOW)
