from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.adoption.kinds import KINDS
from portal.adoption.service import Fact, record
from portal.core.activity import LeftOut
from portal.events import SignalsRecorded
from portal.onboarding import service
from portal.onboarding.models import ChecklistStep
from portal.onboarding.rules import Proof
from portal.onboarding.wording import SENTENCES
from portal.reactions.checklists import complete_matching_steps
from tests.factories import actor_of, make_account, make_user
from tests.onboarding.factories import STARTED_ON, draft, look_again, make_checklist

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
_keys = count(1)

Happen = Callable[..., list[int]]


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def happen(session: Session, account: Account) -> Happen:
    """Record one signal of the account, and let it take effect; return its id in a list."""

    def run(kind: str, *, at: datetime = NOW, **values: Any) -> list[int]:
        fields: dict[str, Any] = {"account_id": account.id, "key": f"test:{next(_keys)}"}
        ids = record(session, [Fact(kind=kind, occurred_at=at, **(fields | values))], now=NOW)
        take_effect(session, ids)
        return ids

    return run


def take_effect(session: Session, ids: list[int]) -> None:
    complete_matching_steps(session, SignalsRecorded(signal_ids=tuple(ids)), NOW)
    session.commit()
    look_again(session)


def one_step(session: Session, account: Account, proof: Proof | None) -> ChecklistStep:
    return make_checklist(session, account, [draft(proof=proof)]).steps[0]


def test_a_signal_completes_the_step_it_proves(session: Session, account: Account, happen: Happen) -> None:
    step = one_step(session, account, Proof(kind="question.asked"))
    at = NOW - timedelta(days=2)

    ids = happen("question.asked", at=at)

    assert (step.completed_at, step.proved_by, step.completed_by_id) == (at, ids, None)
    assert step.checklist.completed_at == at


def test_by_hand_works_before_the_signal_does(session: Session, account: Account, happen: Happen) -> None:
    step, member = (
        one_step(session, account, Proof(kind="question.asked")),
        make_user(session, account=account),
    )
    service.complete_step(session, actor=actor_of(member), step_id=step.id, now=NOW)
    session.commit()

    happen("question.asked")

    assert (step.completed_by_id, step.proved_by) == (member.id, None)


def test_different_people_are_counted(session: Session, account: Account, happen: Happen) -> None:
    step = one_step(session, account, Proof(kind="article.viewed", people=3))
    kim, lee, mori = (make_user(session, account=account).id for _ in range(3))
    first = happen("article.viewed", user_id=kim)
    happen("article.viewed", user_id=kim)
    second = happen("article.viewed", user_id=lee)
    assert not step.is_done

    third = happen("article.viewed", user_id=mori)

    assert step.proved_by == first + second + third


def test_conditions_look_at_subject_and_data(session: Session, account: Account, happen: Happen) -> None:
    where = {"subject": ("report:1", "report:2"), "feature": ("export",)}
    step = one_step(session, account, Proof(kind="feature.used", count=2, where=where))
    happen("feature.used", subject="report:1", data={"feature": "print"})
    happen("feature.used", subject="report:3", data={"feature": "export"})
    first = happen("feature.used", subject="report:1", data={"feature": "export"})
    assert not step.is_done

    second = happen("feature.used", subject="report:2", data={"feature": "export"})

    assert step.proved_by == first + second


def test_what_happened_before_the_start_proves_nothing(
    session: Session, account: Account, happen: Happen
) -> None:
    step = one_step(session, account, Proof(kind="question.asked"))
    start = datetime.combine(STARTED_ON, datetime.min.time(), tzinfo=UTC)

    happen("question.asked", at=start - timedelta(days=1))
    assert not step.is_done

    happen("question.asked", at=start + timedelta(hours=12))
    assert step.is_done


def test_other_accounts_prove_nothing(session: Session, account: Account, happen: Happen) -> None:
    step = one_step(session, account, Proof(kind="question.asked"))

    happen("question.asked", account_id=make_account(session).id)
    happen("question.asked", account_id=None)

    assert not step.is_done


def test_hearing_of_a_signal_again_changes_nothing(
    session: Session, account: Account, happen: Happen
) -> None:
    step = one_step(session, account, Proof(kind="question.asked"))
    ids = happen("question.asked")
    before = (step.completed_at, step.proved_by, step.version)

    take_effect(session, ids)
    happen("question.asked", at=NOW + timedelta(hours=1))

    assert (step.completed_at, step.proved_by, step.version) == before


def test_what_is_told_late_was_earlier(session: Session, account: Account, happen: Happen) -> None:
    step = one_step(session, account, Proof(kind="question.asked"))
    happen("question.asked")
    at = NOW - timedelta(days=1)

    ids = happen("question.asked", at=at)

    assert (step.completed_at, step.proved_by) == (at, ids)
    assert step.checklist.completed_at == at


def test_evidence_that_comes_late_does_not_backdate_the_checklist(
    session: Session, account: Account, happen: Happen
) -> None:
    drafts = [draft("Ask", proof=Proof(kind="question.asked")), draft("By hand")]
    asked, by_hand = make_checklist(session, account, drafts).steps
    service.complete_step(session, actor=SYSTEM, step_id=by_hand.id, now=NOW)
    session.commit()

    happen("question.asked", at=NOW - timedelta(days=1))

    assert asked.completed_at == NOW - timedelta(days=1)
    assert asked.checklist.completed_at == NOW


@pytest.mark.parametrize("reason", LeftOut)
def test_what_figures_leave_out_proves_nothing(
    session: Session, account: Account, happen: Happen, reason: LeftOut
) -> None:
    step = one_step(session, account, Proof(kind="article.viewed"))

    happen("article.viewed", left_out_as=reason)

    assert not step.is_done


def test_a_reopened_step_needs_new_evidence(session: Session, account: Account, happen: Happen) -> None:
    step = one_step(session, account, Proof(kind="question.asked"))
    ids = happen("question.asked")
    service.reopen_step(session, actor=SYSTEM, step_id=step.id, now=NOW + timedelta(hours=1))
    session.commit()

    take_effect(session, ids)
    assert not step.is_done

    new = happen("question.asked", at=NOW + timedelta(hours=2))
    assert step.proved_by == new


def test_one_signal_may_prove_several_steps(session: Session, account: Account, happen: Happen) -> None:
    proof = Proof(kind="question.asked")
    checklist = make_checklist(session, account, [draft("Ask", proof=proof), draft("Ask us", proof=proof)])

    happen("question.asked")

    assert all(step.is_done for step in checklist.steps)
    assert checklist.is_complete


def test_every_kind_with_words_is_a_kind_of_signal() -> None:
    assert set(SENTENCES) <= set(KINDS)
