"""Steps, the ledger and its corrections: whatever the order, the repetition and the lateness of the news."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from time import process_time
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.adoption import service as ledger
from portal.adoption.models import PersonDay, Signal
from portal.adoption.service import Fact, record
from portal.core import outbox
from portal.core.activity import LeftOut
from portal.core.outbox import Event, OutboxEvent
from portal.events import (
    ProofsAsked,
    SignalsRecorded,
    SignalsRestored,
    SignalsVoided,
    StepReopened,
)
from portal.health.models import StaleScore
from portal.onboarding import rules, service
from portal.onboarding.dates import service as dates
from portal.onboarding.evidence.models import StepEvidence
from portal.onboarding.evidence.rules import most
from portal.onboarding.evidence.service import ask_for_proof
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.rules import Proof, evidence_for
from portal.reactions import checklists
from portal.reactions.table import REACTIONS
from tests.factories import make_account, make_user
from tests.onboarding.factories import STARTED_ON, draft, former_days, make_checklist
from tests.reactions.news import News, Reaction
from tests.statements import statements, steps_of_the_database

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
START = NOW - timedelta(minutes=10)
_keys = count(1)

KINDS = ("article.viewed", "question.asked")
PROOFS = (
    Proof(kind="article.viewed"),
    Proof(kind="article.viewed", count=3, people=2),
    Proof(kind="article.viewed", count=2, where={"subject": ("article:1",)}),
    Proof(kind="question.asked", people=3),
    None,
)

REACTS: dict[type[Event], tuple[Reaction, ...]] = {
    SignalsRecorded: (checklists.complete_matching_steps,),
    SignalsRestored: (checklists.complete_matching_steps,),
    SignalsVoided: (checklists.follow_voided,),
    StepReopened: (checklists.forget_what_counted,),
    ProofsAsked: (checklists.prove_from_ledger,),
}


def deliver(session: Session, *events: Event) -> None:
    News(session, REACTS, now=NOW).deliver(events)


def facts_of(session: Session, step: ChecklistStep) -> list[rules.Fact]:
    """Read all that counts for a step, by hand."""
    signals = session.scalars(select(Signal).where(Signal.account_id == step.checklist.account_id))
    return [
        rules.Fact(
            id=one.id,
            kind=one.kind,
            occurred_at=one.occurred_at,
            person=one.person,
            subject=one.subject,
            data=one.data,
        )
        for one in signals
        if one.left_out_as is None
        and one.day >= step.checklist.started_on
        and (step.reopened_at is None or one.occurred_at > step.reopened_at)
    ]


def check(session: Session, checklist: Checklist) -> None:
    """See that every step stands as a recount of the whole ledger says."""
    session.expunge_all()
    steps = [step for step in steps_now(session) if step.checklist_id == checklist.id]
    for step in steps:
        if step.proof is None or step.completed_by_id is not None:
            continue
        proof = rules.parse_proof(step.proof)
        evidence = evidence_for(proof, facts_of(session, step))
        kept = session.scalars(select(StepEvidence).where(StepEvidence.step_id == step.id)).all()
        assert len(kept) <= most(proof)
        if evidence is None:
            assert (step.completed_at, step.proved_by) == (None, None)
        else:
            assert (step.completed_at, step.proved_by) == (
                evidence[-1].occurred_at,
                [fact.id for fact in evidence],
            )
            assert step.reopened_because is None
            assert {row.signal_id for row in kept} == {fact.id for fact in evidence}
    required = [step.completed_at for step in steps if step.is_required]
    done = [at for at in required if at is not None]
    assert steps[0].checklist.completed_at == (max(done) if len(done) == len(required) else None)


told = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 8),
    st.sampled_from([None, "user:1", "user:2", "user:3"]),
    st.sampled_from(["article:1", "article:2"]),
)
deeds = st.one_of(
    st.tuples(st.just("tell"), st.lists(told, min_size=1, max_size=4)),
    st.tuples(st.just("void"), st.integers(0, 30)),
    st.tuples(st.just("restore"), st.integers(0, 30)),
    st.tuples(st.just("reopen"), st.integers(0, 3)),
    st.tuples(st.just("tick"), st.integers(0, 4)),
    st.tuples(st.just("deliver"), st.integers(0, 100)),
)


@given(st.lists(deeds, max_size=14), st.integers(0, 1000))
def test_steps_stand_as_a_recount_says_whatever_comes_when(
    session: Session, happenings: list[tuple[str, Any]], seed: int
) -> None:
    chance = Random(seed)  # noqa: S311  # Chance, not secrecy.
    news = News(session, REACTS, now=NOW)
    account, person = make_account(session), make_user(session)
    drafts = [draft(f"Step {number}", proof=proof) for number, proof in enumerate(PROOFS)]
    checklist = make_checklist(session, account, drafts)
    step_ids = [step.id for step in checklist.steps]
    signal_ids: list[int] = []

    for kind, value in happenings:
        session.expunge_all()
        if kind == "tell":
            signal_ids += record(session, [fact_of(account, one) for one in value], now=NOW)
        elif kind in {"void", "restore"} and signal_ids:
            change = ledger.void if kind == "void" else ledger.restore
            change(session, [signal_ids[value % len(signal_ids)]], reason="removed", now=NOW)
        elif kind == "reopen":
            at = START + timedelta(minutes=chance.randrange(9))
            service.reopen_step(session, actor=SYSTEM, step_id=step_ids[value], now=at)
        elif kind == "tick":
            step = service.complete_step(session, actor=SYSTEM, step_id=step_ids[value], now=NOW)
            step.completed_by_id = step.completed_by_id or (None if step.proved_by else person.id)
        session.commit()
        if kind == "deliver":
            news.catch_up(chance)
    news.catch_up(chance)

    check(session, checklist)


def fact_of(account: Account, one: tuple[str, int, str | None, str]) -> Fact:
    kind, minute, person, subject = one
    return Fact(
        kind=kind,
        key=f"told:{next(_keys)}",
        occurred_at=START + timedelta(minutes=minute),
        account_id=account.id,
        person=person,
        subject=subject,
    )


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session)


def tell(session: Session, account: Account, kind: str, *, minute: int = 0, person: str | None = None) -> int:
    """Record a fact and deliver all that follows; return its id."""
    (signal_id,) = record(session, [fact_of(account, (kind, minute, person, "article:1"))], now=NOW)
    work(session)
    return signal_id


def work(session: Session) -> None:
    """Deliver everything to everyone."""
    session.commit()
    outbox.drain(REACTIONS)
    session.rollback()


def steps_now(session: Session) -> list[ChecklistStep]:
    """Return all steps as they stand now, with their checklists."""
    query = select(ChecklistStep).options(joinedload(ChecklistStep.checklist)).order_by(ChecklistStep.id)
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def standing(session: Session, account: Account) -> list[tuple[str, str | None, datetime]]:
    """Return what the ledger says of steps and checklists, and counts."""
    rows = session.execute(
        select(Signal.kind, Signal.subject, Signal.occurred_at)
        .where(
            Signal.account_id == account.id,
            Signal.kind.in_(("step.completed", "step.reopened", "checklist.completed")),
            Signal.left_out_as.is_(None),
        )
        .order_by(Signal.id)
    )
    return [(kind, subject, at) for kind, subject, at in rows]


def test_exactly_the_steps_that_rested_on_it_open_again(session: Session, account: Account) -> None:
    drafts = [
        draft("Ask", proof=Proof(kind="question.asked")),
        draft("Read", proof=Proof(kind="article.viewed")),
        draft("Read twice", proof=Proof(kind="article.viewed", count=2)),
        draft("By hand"),
    ]
    *_others, by_hand = make_checklist(session, account, drafts).steps
    service.complete_step(session, actor=SYSTEM, step_id=by_hand.id, now=START)
    tell(session, account, "question.asked")
    first = tell(session, account, "article.viewed", minute=1)
    second = tell(session, account, "article.viewed", minute=2)
    assert steps_now(session)[0].checklist.completed_at == START + timedelta(minutes=2)

    ledger.void(session, [second], reason="removed", now=NOW)
    work(session)

    asked, read, read_twice, by_hand = steps_now(session)
    assert (read_twice.completed_at, read_twice.proved_by) == (None, None)
    assert (read_twice.reopened_because, read_twice.reopened_at) == ("removed", None)
    assert (asked.is_done, read.proved_by, by_hand.completed_at) == (True, [first], START)
    assert asked.checklist.completed_at is None
    reopened = [row.payload for row in session.scalars(select(OutboxEvent)) if row.name == "StepReopened"]
    assert [(one["step_id"], one["because"]) for one in reopened] == [(read_twice.id, "removed")]
    kinds = [kind for kind, subject, _at in standing(session, account) if subject == f"step:{read_twice.id}"]
    assert kinds == ["step.reopened"]


def test_a_step_that_opens_again_keeps_the_day_it_had(session: Session, account: Account) -> None:
    drafts = [draft("Import"), draft("Ask", counted_from="s1", proof=Proof(kind="question.asked"))]
    with time_machine.travel(NOW, tick=False):
        first, asked = make_checklist(session, account, drafts).steps
        signal_id, due_on, day = tell(session, account, "question.asked"), asked.due_on, date(2026, 12, 24)
        mark = dates.preview(session, actor=SYSTEM, step_id=first.id, day=day).mark
        dates.choose_day(session, actor=SYSTEM, step_id=first.id, day=day, agreed=mark, now=NOW)
        session.commit()
        assert [key for key, _until, _day in former_days(session)] == ["s1"]
        ledger.void(session, [signal_id], reason="removed", now=NOW)
        work(session)

    assert steps_now(session)[1].due_on > day
    assert former_days(session)[1:] == [("s2", date(2026, 11, 19), due_on)]


def test_other_facts_prove_it_silently(session: Session, account: Account) -> None:
    make_checklist(session, account, [draft(proof=Proof(kind="question.asked"))])
    first = tell(session, account, "question.asked", minute=1)
    second = tell(session, account, "question.asked", minute=3)
    assert steps_now(session)[0].proved_by == [first]

    ledger.void(session, [first], reason="removed", now=NOW)
    work(session)

    (step,), later = steps_now(session), START + timedelta(minutes=3)
    assert (step.completed_at, step.proved_by, step.reopened_because) == (later, [second], None)
    assert step.checklist.completed_at == later
    assert standing(session, account) == [
        ("step.completed", f"step:{step.id}", later),
        ("checklist.completed", f"checklist:{step.checklist_id}", later),
    ]


def test_other_evidence_for_the_same_moment_is_no_news(session: Session, account: Account) -> None:
    make_checklist(session, account, [draft(proof=Proof(kind="question.asked"))])
    one, other = (
        record(session, [fact_of(account, ("question.asked", 3, None, "topic:1"))], now=NOW) for _ in range(2)
    )
    deliver(session, SignalsRecorded(signal_ids=tuple(other)), SignalsRecorded(signal_ids=tuple(one)))

    assert steps_now(session)[0].proved_by == one
    assert session.scalars(select(OutboxEvent.name)).all().count("StepsProved") == 1


def test_what_was_ticked_by_hand_is_never_touched(session: Session, account: Account) -> None:
    (step,) = make_checklist(session, account, [draft(proof=Proof(kind="question.asked", count=2))]).steps
    signal_id = tell(session, account, "question.asked")
    service.complete_step(session, actor=SYSTEM, step_id=step.id, now=NOW)
    work(session)

    ledger.void(session, [signal_id], reason="removed", now=NOW)
    work(session)

    (step,) = steps_now(session)
    assert (step.completed_at, step.reopened_because) == (NOW, None)


def picture(session: Session, account: Account) -> dict[str, object]:
    """Return all that is made from the ledger about an account."""
    steps = session.execute(
        select(
            ChecklistStep.id,
            ChecklistStep.completed_at,
            ChecklistStep.reopened_at,
            ChecklistStep.reopened_because,
        ).order_by(ChecklistStep.id)
    ).all()
    proofs = select(ChecklistStep.proved_by).order_by(ChecklistStep.id)
    rollups = session.execute(select(PersonDay.__table__)).all()
    rows = select(StepEvidence.step_id, StepEvidence.signal_id)
    return {
        "steps": steps,
        "proofs": session.scalars(proofs).all(),
        "checklists": session.scalars(select(Checklist.completed_at).order_by(Checklist.id)).all(),
        "evidence": set(map(tuple, session.execute(rows).all())),
        "counts": {tuple(row) for row in rollups if row.signals},
        "ledger": set(standing(session, account)),
    }


@settings(max_examples=20)  # Each delivers everything to everyone four times.
@given(st.lists(told, min_size=1, max_size=8), st.data())
def test_taking_back_and_restoring_is_as_if_nothing_had_been(
    session: Session, happenings: list[tuple[str, int, str | None, str]], data: st.DataObject
) -> None:
    account = make_account(session)
    make_checklist(session, account, [draft(f"Step {n}", proof=proof) for n, proof in enumerate(PROOFS)])
    ids = record(session, [fact_of(account, one) for one in happenings], now=NOW)
    work(session)
    before = picture(session, account)
    voided = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))

    for _ in range(2):
        ledger.void(session, voided, reason="removed", now=NOW)
        work(session)
        ledger.restore(session, data.draw(st.permutations(voided)), reason="restored", now=NOW)
        work(session)

    assert picture(session, account) == before


def test_a_correction_is_a_row_that_counts_nowhere(session: Session, account: Account) -> None:
    signal_id = tell(session, account, "question.asked")
    session.execute(update(StaleScore).values(marks=0))
    session.commit()

    assert ledger.void(session, [signal_id, signal_id], reason="removed", now=NOW) == [signal_id]
    assert ledger.void(session, [signal_id], reason="removed", now=NOW) == []
    work(session)

    correction = session.scalars(select(Signal).where(Signal.voids_id == signal_id)).one()
    assert (correction.kind, correction.data, correction.left_out_as) == (
        "signal.voided",
        {"reason": "removed"},
        LeftOut.VOIDED,
    )
    assert session.scalars(select(PersonDay)).all() == []
    assert session.scalars(select(StaleScore.marks)).all() == [1]

    assert ledger.restore(session, [signal_id], reason="restored", now=NOW) == [signal_id]
    assert ledger.void(session, [signal_id], reason="removed", now=NOW) == [signal_id]
    session.commit()
    chain = session.scalars(select(Signal.voids_id).where(Signal.voids_id.is_not(None)).order_by(Signal.id))
    assert [row - signal_id for row in chain if row] == [0, 1, 2]


@pytest.mark.parametrize("reason", [LeftOut.BOT, LeftOut.STAFF])
def test_what_is_left_out_anyway_stays_so(session: Session, account: Account, reason: LeftOut) -> None:
    fact = Fact(kind="article.viewed", key="x", occurred_at=NOW, account_id=account.id, left_out_as=reason)
    ids = record(session, [fact], now=NOW)

    assert ledger.void(session, ids, reason="removed", now=NOW) == []
    assert ledger.restore(session, ids, reason="restored", now=NOW) == []
    assert session.scalars(select(Signal.left_out_as)).all() == [reason]


def test_a_checklist_begun_in_the_past_knows_what_happened_since(session: Session, account: Account) -> None:
    early = datetime.combine(STARTED_ON, datetime.min.time(), tzinfo=UTC) - timedelta(days=2)
    for at in (early, START):
        fact = Fact(kind="question.asked", key=f"at:{at}", occurred_at=at, account_id=account.id)
        record(session, [fact], now=NOW)
    work(session)

    make_checklist(session, account, [draft(proof=Proof(kind="question.asked"))])
    work(session)

    assert steps_now(session)[0].completed_at == START


def test_another_proof_is_looked_for_in_what_happened(session: Session, account: Account) -> None:
    make_checklist(session, account, [draft(proof=Proof(kind="article.viewed", count=2))])
    tell(session, account, "article.viewed")
    asked = tell(session, account, "question.asked", minute=4)

    (step,) = steps_now(session)
    step.proof = Proof(kind="question.asked").stored()
    ask_for_proof(session, [step])
    work(session)

    assert steps_now(session)[0].proved_by == [asked]


def test_no_other_proof_undoes_what_is_done(session: Session, account: Account) -> None:
    make_checklist(session, account, [draft(proof=Proof(kind="article.viewed"))])
    viewed = tell(session, account, "article.viewed")

    (step,) = steps_now(session)
    step.proof = Proof(kind="question.asked").stored()
    session.commit()
    deliver(session, ProofsAsked(step_ids=(step.id,)))

    (step,) = steps_now(session)
    assert (step.is_done, step.proved_by) == (True, [viewed])


def test_what_came_late_is_told_at_its_own_time(session: Session, account: Account) -> None:
    (step,) = make_checklist(session, account, [draft(proof=Proof(kind="question.asked"))]).steps
    tell(session, account, "question.asked", minute=5)
    tell(session, account, "question.asked", minute=2)

    earlier = START + timedelta(minutes=2)
    assert standing(session, account) == [
        ("step.completed", f"step:{step.id}", earlier),
        ("checklist.completed", f"checklist:{step.checklist_id}", earlier),
    ]


# What it costs


def past(session: Session, account: Account, *, times: int) -> None:
    """Give an account a long past: signals of the kind that is asked for, and steps that they finished."""
    proof = Proof(kind="article.viewed", where={"subject": ("article:1",)})
    drafts = [draft("Read", proof=proof), draft("By hand")]
    step, _by_hand = make_checklist(session, account, drafts, started_on=date(2026, 1, 1)).steps
    copied = {
        column.name: getattr(step, column.name)
        for column in ChecklistStep.__table__.columns
        if column.name not in {"id", "key"}
    }
    done = copied | {"completed_at": NOW - timedelta(days=9), "proved_by": [1]}
    session.execute(insert(ChecklistStep), [done | {"key": f"past{number}"} for number in range(5 * times)])
    facts = [
        Fact(
            kind="article.viewed",
            key=f"past:{account.id}:{number}",
            occurred_at=NOW - timedelta(days=8, seconds=number),
            account_id=account.id,
            subject="article:2",
        )
        for number in range(50 * times)
    ]
    record(session, facts, now=NOW)
    session.commit()


def cost(session: Session, *, times: int) -> tuple[int, int, float]:
    """Return the statements, the database's instructions and the seconds that a few new signals cost."""
    account = make_account(session)
    past(session, account, times=times)
    fresh = make_checklist(session, account, [draft(proof=Proof(kind="article.viewed", count=40))])
    events = []
    for number in range(10):
        ids = record(session, [fact_of(account, ("article.viewed", number, None, "article:1"))], now=NOW)
        events.append(SignalsRecorded(signal_ids=tuple(ids)))
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        with statements() as seen, steps_of_the_database() as counted:
            began = process_time()
            for event in events:
                checklists.complete_matching_steps(session, event, NOW)
            spent = process_time() - began
    else:
        counted, began = [], process_time()
        with statements() as seen:
            for event in events:
                checklists.complete_matching_steps(session, event, NOW)
        spent = process_time() - began
    session.commit()
    assert session.scalar(select(func.count()).where(StepEvidence.step_id == fresh.steps[0].id)) == 10
    return len(seen), sum(counted), spent


@pytest.mark.slow
def test_the_past_and_what_is_finished_cost_nothing(session: Session) -> None:
    cost(session, times=1)
    once, ten, hundred = (cost(session, times=times) for times in (1, 10, 100))

    assert once[0] == ten[0] == hundred[0]
    assert max(ten[1], hundred[1]) <= 1.5 * once[1] + 1000
    assert hundred[2] < 5 * once[2] + 0.05


def test_a_batch_of_many_accounts_costs_as_many_statements_as_one(session: Session) -> None:
    seen_by_number = {}
    for number in (1, 40):
        people = [make_account(session) for _ in range(number)]
        for one in people:
            make_checklist(session, one, [draft(proof=Proof(kind="question.asked"))])
        facts = [fact_of(one, ("question.asked", 0, "user:1", "article:1")) for one in people]
        ids = record(session, facts, now=NOW)
        session.commit()

        with statements() as seen:
            checklists.complete_matching_steps(session, SignalsRecorded(signal_ids=tuple(ids)), NOW)
        session.commit()

        seen_by_number[number] = len(seen)
        done = select(func.count()).where(ChecklistStep.completed_at.is_not(None))
        assert session.scalar(done) == len(ids) + (number > 1)
    assert seen_by_number[40] == seen_by_number[1]
