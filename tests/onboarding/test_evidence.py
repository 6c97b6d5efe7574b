"""What is kept of a proof's facts decides as all of them would: whatever comes, in whatever order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.core.batches import batches
from portal.onboarding.evidence.rules import kept, most
from portal.onboarding.rules import Fact, Proof, evidence_for, matches

START = datetime(2026, 11, 2, tzinfo=UTC)

proofs = st.builds(
    Proof,
    kind=st.just("feature.used"),
    count=st.integers(1, 5),
    people=st.integers(1, 4),
    where=st.sampled_from([{}, {"feature": ("export",)}]),
)
facts = st.builds(
    Fact,
    id=st.integers(1, 40),
    kind=st.just("feature.used"),
    occurred_at=st.integers(0, 6).map(lambda minute: START + timedelta(minutes=minute)),
    person=st.sampled_from([None, "user:1", "user:2", "user:3", "user:4", "visitor:a"]),
    data=st.sampled_from([{}, {"feature": "export"}]),
)
fact_lists = st.lists(facts, max_size=16, unique_by=lambda fact: fact.id)


def proved_by(proof: Proof, known: Sequence[Fact]) -> tuple[Fact, ...] | None:
    """Say what a step does: as soon as enough is kept, that is the evidence."""
    return tuple(known) if len(known) == most(proof) else None


@given(proofs, fact_lists, st.data())
def test_what_is_kept_decides_as_everything_would(
    proof: Proof, told: list[Fact], data: st.DataObject
) -> None:
    order = data.draw(
        st.permutations([*told, *data.draw(st.lists(st.sampled_from(told)) if told else st.just([]))])
    )
    size = data.draw(st.integers(1, 4))
    known: tuple[Fact, ...] = ()
    heard: dict[int, Fact] = {}
    for new in batches(order, size):
        heard |= {fact.id: fact for fact in new}

        known = kept(proof, [*known, *(fact for fact in new if matches(proof, fact))])

        assert proved_by(proof, known) == evidence_for(proof, heard.values())
        assert len(known) <= most(proof)


@given(proofs, fact_lists, facts)
def test_more_facts_never_prove_less_or_later(proof: Proof, told: list[Fact], one_more: Fact) -> None:
    found = [fact for fact in told if matches(proof, fact)]
    before = proved_by(proof, kept(proof, found))
    added = replace(one_more, id=99)

    after = proved_by(proof, kept(proof, [*found, *([added] if matches(proof, added) else [])]))

    if before is not None:
        assert after is not None
        assert after[-1].occurred_at <= before[-1].occurred_at


@given(proofs, fact_lists)
def test_what_was_not_kept_can_be_taken_back_without_a_look(proof: Proof, told: list[Fact]) -> None:
    found = [fact for fact in told if matches(proof, fact)]
    known = kept(proof, found)

    for fact in found:
        if fact not in known:
            assert kept(proof, [other for other in found if other != fact]) == known
