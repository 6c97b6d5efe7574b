from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR
from portal.core.errors import NotFoundError
from portal.onboarding import queries, service
from portal.onboarding.maps import queries as maps
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import draft, make_checklist, make_map

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_each_sees_the_checklists_of_their_own_account(session: Session) -> None:
    ours, theirs = make_account(session), make_account(session)
    member, staff = make_user(session, account=ours), make_user(session)
    first, second = make_checklist(session, ours), make_checklist(session, theirs)

    assert queries.checklists_for(session, actor_of(member)) == [first]
    assert queries.checklists_for(session, actor_of(staff)) == [first, second]
    assert queries.checklists_for(session, actor_of(staff), account_id=theirs.id) == [second]
    assert queries.checklists_for(session, actor_of(member), account_id=theirs.id) == []
    assert queries.checklists_for(session, VISITOR) == []
    with pytest.raises(NotFoundError):
        queries.checklist_for(session, actor_of(member), second.id)


def test_maps_are_for_staff(session: Session) -> None:
    success_map, member = make_map(session), actor_of(make_customer(session))

    assert maps.maps_for(session, SYSTEM) == [success_map]
    assert maps.maps_for(session, member) == []
    with pytest.raises(NotFoundError):
        maps.map_for(session, member, success_map.id)
    with pytest.raises(NotFoundError):
        maps.step_for(session, member, success_map.steps[0].id)


def test_the_next_step_moves_on_to_the_next_checklist(session: Session) -> None:
    account = make_account(session)
    actor = actor_of(make_user(session, account=account))
    later = make_checklist(session, account, [draft("Later")], started_on=date(2026, 11, 10))
    drafts = [draft("Optional", is_required=False), draft("First"), draft("Second")]
    sooner = make_checklist(session, account, drafts, started_on=date(2026, 11, 2))
    make_checklist(session, make_account(session), [draft("Theirs")], started_on=date(2026, 10, 1))

    for expected in (sooner.steps[1], sooner.steps[2], later.steps[0]):
        step = queries.next_step_for(session, actor)
        assert step == expected
        service.complete_step(session, actor=actor, step_id=expected.id, now=NOW)
        session.commit()
    assert queries.next_step_for(session, actor) is None


def test_who_has_no_account_has_no_next_step(session: Session) -> None:
    make_checklist(session, make_account(session))

    assert queries.next_step_for(session, VISITOR) is None
    assert queries.next_step_for(session, actor_of(make_user(session))) is None
