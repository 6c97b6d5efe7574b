"""What the database selects and what Python decides are the same."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor, Role
from portal.accounts.audience import (
    PUBLIC,
    SIGNED_IN,
    STAFF,
    Audience,
    all_belong,
    includes,
    parse_audience,
    visible_to,
)
from portal.accounts.models import PLANS
from portal.core.errors import InvalidError
from portal.forum.models import Board

NUMBERS = st.integers(min_value=1, max_value=120)
TOKENS = st.one_of(
    st.sampled_from(["public", "signed-in", "staff"]),
    st.sampled_from(PLANS).map("plan:{}".format),
    NUMBERS.map("account:{}".format),
)
AUDIENCES = st.frozensets(TOKENS, min_size=1, max_size=5)
ACTORS = st.one_of(
    st.just(VISITOR),
    st.builds(Actor, user_id=NUMBERS, role=st.sampled_from([Role.STAFF, Role.ADMIN])),
    st.builds(
        Actor,
        user_id=NUMBERS,
        role=st.sampled_from([Role.CUSTOMER, Role.CHAMPION]),
        account_id=NUMBERS,
        plan=st.sampled_from(PLANS),
    ),
)


@given(audiences=st.lists(AUDIENCES, min_size=1, max_size=8), actor=ACTORS)
def test_the_database_agrees_with_python(session: Session, audiences: list[Audience], actor: Actor) -> None:
    boards = [
        Board(slug=f"board-{number}", names={}, descriptions={}, audience=audience)
        for number, audience in enumerate(audiences)
    ]
    session.add_all(boards)
    session.flush()
    seen = set(session.scalars(select(Board.slug).where(visible_to(actor, Board.audience))))
    session.rollback()

    assert seen == {
        board.slug for board, kept in zip(boards, audiences, strict=True) if includes(kept, actor)
    }


@given(audience=AUDIENCES)
def test_an_audience_comes_back_as_it_was_stored(session: Session, audience: Audience) -> None:
    session.add(Board(slug="a", names={}, descriptions={}, audience=audience))
    session.flush()
    stored = session.scalars(select(Board.audience)).one()
    session.rollback()

    assert stored == audience


@given(audience=AUDIENCES)
def test_an_audience_can_be_read_as_it_is_written(audience: Audience) -> None:
    assert parse_audience(", ".join(sorted(audience))) == audience
    assert parse_audience("\n".join(audience)) == audience


@pytest.mark.parametrize(
    "text", ["", " , ", "everyone", "plan:", "plan:Team", "account:", "account:acme", "public|staff"]
)
def test_what_is_no_audience_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_audience(text)


CUSTOMER = Actor(user_id=1, role=Role.CUSTOMER, account_id=7, plan="team")


@pytest.mark.parametrize(
    ("actor", "tokens"),
    [
        (VISITOR, {"public"}),
        (CUSTOMER, {"public", "signed-in", "account:7", "plan:team"}),
        (Actor(user_id=2, role=Role.STAFF), None),
        (SYSTEM, None),
    ],
)
def test_what_an_actor_belongs_to(actor: Actor, tokens: set[str] | None) -> None:
    assert actor.audiences == tokens


@pytest.mark.parametrize(
    ("audience", "seen_by_visitor", "seen_by_customer"),
    [
        (PUBLIC, True, True),
        (SIGNED_IN, False, True),
        (STAFF, False, False),
        (frozenset({"account:7"}), False, True),
        (frozenset({"account:70", "account:77"}), False, False),
        (frozenset({"plan:team"}), False, True),
        (frozenset({"plan:business"}), False, False),
    ],
)
def test_who_sees_what(audience: Audience, *, seen_by_visitor: bool, seen_by_customer: bool) -> None:
    assert includes(audience, VISITOR) is seen_by_visitor
    assert includes(audience, CUSTOMER) is seen_by_customer
    assert includes(audience, SYSTEM)


PLAN_OF = {"account:1": "plan:team", "account:2": "plan:business", "account:3": "plan:team"}
TOKENS_HERE = ("public", "signed-in", "staff", "plan:team", "plan:business", *PLAN_OF)
SOME_AUDIENCES = [frozenset(some) for size in (1, 2) for some in combinations(TOKENS_HERE, size)]
READERS = [
    Actor(),
    Actor(user_id=1, role=Role.CUSTOMER),
    Actor(user_id=1, role=Role.STAFF),
    *(
        Actor(user_id=1, role=Role.CUSTOMER, account_id=int(key[-1]), plan=plan.removeprefix("plan:"))
        for key, plan in PLAN_OF.items()
    ),
    Actor(user_id=1, role=Role.CUSTOMER, account_id=4, plan="team"),
    Actor(user_id=1, role=Role.CUSTOMER, account_id=5, plan="business"),
]


def test_one_audience_belongs_to_another_when_all_of_its_people_do() -> None:
    for readers, audience in product(SOME_AUDIENCES, repeat=2):
        theirs = [actor for actor in READERS if includes(readers, actor)]
        belong = all(includes(audience, actor) for actor in theirs)
        assert all_belong(readers, audience, PLAN_OF) is belong, (readers, audience)
