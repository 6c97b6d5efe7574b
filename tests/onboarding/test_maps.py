from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.errors import ConflictError, InvalidError, NotFoundError
from portal.onboarding import service as checklists
from portal.onboarding.maps import queries, service
from portal.onboarding.maps.rules import parse_quiz, write_quiz
from portal.onboarding.models import MapVersion, SuccessMap
from tests.factories import actor_of, make_account, make_customer
from tests.onboarding.factories import STARTED_ON, draft, make_map

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def success_map(session: Session) -> SuccessMap:
    """A published map of three steps."""
    return make_map(session, [draft("Import"), draft("Order"), draft("Export")])


def titles(version: MapVersion | None) -> list[str]:
    return [step.title("en") for step in version.steps] if version else []


def again(session: Session, success_map: SuccessMap) -> SuccessMap:
    session.commit()
    session.expire_all()
    return queries.map_for(session, SYSTEM, success_map.id)


def change(
    session: Session, success_map: SuccessMap, place: int, title: str = "Else", **wishes: object
) -> None:
    step_id = success_map.steps[place].id
    service.change_step(session, actor=SYSTEM, step_id=step_id, draft=draft(title, **wishes))  # type: ignore[arg-type]


def test_changes_go_to_a_draft_and_count_once_it_is_published(
    session: Session, success_map: SuccessMap
) -> None:
    change(session, success_map, 1, "Order by phone")
    success_map = again(session, success_map)
    assert titles(success_map.published) == ["Import", "Order", "Export"]
    assert titles(success_map.latest) == ["Import", "Order by phone", "Export"]

    service.publish(session, actor=SYSTEM, map_id=success_map.id, now=NOW)
    success_map = again(session, success_map)

    assert [version.number for version in success_map.versions] == [1, 2]
    assert titles(success_map.published) == ["Import", "Order by phone", "Export"]
    assert titles(success_map.versions[0]) == ["Import", "Order", "Export"]


def test_a_checklist_is_made_of_the_published_version(session: Session, success_map: SuccessMap) -> None:
    change(session, success_map, 0, "Import all")
    account = make_account(session)

    checklist = checklists.start_checklist(
        session, actor=SYSTEM, account_id=account.id, map_id=success_map.id, started_on=STARTED_ON
    )

    assert [step.title("en") for step in checklist.steps] == ["Import", "Order", "Export"]
    assert checklist.version.number == 1


def test_each_team_of_an_account_has_its_own_checklist(session: Session, success_map: SuccessMap) -> None:
    account = make_account(session)
    for team in ("", "Osaka"):
        checklists.start_checklist(
            session,
            actor=SYSTEM,
            account_id=account.id,
            map_id=success_map.id,
            started_on=STARTED_ON,
            team=team,
        )
    with pytest.raises(ConflictError):
        checklists.start_checklist(
            session,
            actor=SYSTEM,
            account_id=account.id,
            map_id=success_map.id,
            started_on=STARTED_ON,
            team=" Osaka ",
        )


def test_a_step_of_an_old_version_stands_for_the_one_in_the_draft(
    session: Session, success_map: SuccessMap
) -> None:
    old = [step.id for step in success_map.steps]
    service.remove_step(session, actor=SYSTEM, step_id=old[0])
    service.put_step_before(session, actor=SYSTEM, step_id=old[2], before_id=old[1])
    success_map = again(session, success_map)

    assert titles(success_map.latest) == ["Export", "Order"]
    assert [(step.key, step.position) for step in success_map.steps] == [("s3", 1), ("s2", 2)]
    with pytest.raises(NotFoundError):
        service.change_step(session, actor=SYSTEM, step_id=old[0], draft=draft())


def test_no_step_takes_the_key_of_one_that_was_removed(session: Session, success_map: SuccessMap) -> None:
    service.remove_step(session, actor=SYSTEM, step_id=success_map.steps[2].id)

    step = service.add_step(session, actor=SYSTEM, map_id=success_map.id, draft=draft("Invoice"))

    assert step.key == "s4"


def test_nothing_waits_for_a_step_that_is_gone(session: Session, success_map: SuccessMap) -> None:
    change(session, success_map, 1, needs=["s1"], counted_from="s1")
    success_map = again(session, success_map)

    service.remove_step(session, actor=SYSTEM, step_id=success_map.steps[0].id)

    step = again(session, success_map).steps[0]
    assert (step.key, step.needs, step.counted_from) == ("s2", [], None)


def test_steps_that_would_wait_for_each_other_are_named(session: Session, success_map: SuccessMap) -> None:
    change(session, success_map, 1, "Order", needs=["s1"])
    change(session, again(session, success_map), 2, "Export", counted_from="s2")
    success_map = again(session, success_map)

    with pytest.raises(InvalidError) as error:
        change(session, success_map, 0, "Import", needs=["s3"])

    assert error.value.field == "needs"
    named = str(error.value.params["circle"]).split(" → ")
    assert named[0] == named[-1]
    assert set(named) == {"Import", "Order", "Export"}
    around = named[:-1] * 2
    start = around.index("Import")
    assert around[start : start + 3] in (["Import", "Order", "Export"], ["Import", "Export", "Order"])


def test_a_draft_is_thrown_away(session: Session, success_map: SuccessMap) -> None:
    change(session, success_map, 0, "Import all")
    service.discard(session, actor=SYSTEM, map_id=success_map.id)
    success_map = again(session, success_map)

    assert titles(success_map.latest) == ["Import", "Order", "Export"]
    with pytest.raises(ConflictError):
        service.discard(session, actor=SYSTEM, map_id=success_map.id)


def test_a_map_is_published_with_a_required_step(session: Session) -> None:
    success_map = make_map(session, [draft(is_required=False)])
    with pytest.raises(InvalidError):
        service.publish(session, actor=SYSTEM, map_id=success_map.id, now=NOW)
    assert again(session, success_map).published is None


def test_only_staff_change_maps(session: Session, success_map: SuccessMap) -> None:
    customer, step_id = actor_of(make_customer(session)), success_map.steps[0].id
    for attempt in (
        lambda: service.publish(session, actor=customer, map_id=success_map.id, now=NOW),
        lambda: service.discard(session, actor=customer, map_id=success_map.id),
        lambda: service.put_step_before(session, actor=customer, step_id=step_id, before_id=None),
        lambda: service.change_step(session, actor=customer, step_id=step_id, draft=draft()),
    ):
        with pytest.raises(NotFoundError):
            attempt()


words = st.text("abc どれ?", min_size=1, max_size=12).map(str.strip).filter(bool)
questions = st.lists(words, min_size=2, max_size=4).flatmap(
    lambda answers: st.fixed_dictionaries(
        {"text": words, "answers": st.just(answers), "right": st.integers(0, len(answers) - 1)}
    )
)


@given(st.lists(questions, max_size=3))
def test_a_quiz_reads_as_it_is_written(quiz: list[dict[str, object]]) -> None:
    assert parse_quiz(write_quiz(quiz)) == quiz


@pytest.mark.parametrize(
    "text", ["Which?", "Which?\n+ This", "Which?\n- This\n- That", "Which?\n+ A\n+ B", "Which?\n+ A\n-"]
)
def test_a_question_without_one_right_answer_is_named(text: str) -> None:
    with pytest.raises(InvalidError) as error:
        parse_quiz(text)
    assert error.value.params["question"] == "Which?"
