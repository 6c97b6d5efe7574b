"""Who does a step: who may say so, what it changes, and who hears of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor, Role
from portal.accounts.models import Account, User
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.events import StepAssigned
from portal.notifications.models import Notice
from portal.onboarding import queries
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.models import Checklist, ChecklistStep, Owner
from portal.onboarding.people import service
from portal.onboarding.people.queries import assignees_of
from portal.onboarding.sharing import service as sharing
from portal.onboarding.sharing.tokens import token_of
from portal.reactions.plans import tell_assigned
from tests.factories import NOW, actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import draft, make_checklist

Browse = Callable[[User], FlaskClient]
SIDES = {
    "customer": {"champion", "member", "colleague"},
    "vendor": {"staff", "manager"},
}
MAY = {
    ("champion", "customer"): {"champion", "member", "colleague"},
    ("staff", "customer"): {"champion", "member", "colleague"},
    ("member", "customer"): {"member"},
    ("manager", "customer"): {"champion", "member", "colleague"},
    ("staff", "vendor"): {"staff", "manager"},
    ("manager", "vendor"): {"staff", "manager"},
}


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    """Two steps of the customer's, one of the vendor's."""
    return make_checklist(
        session, account, [draft("Import"), draft("Order"), draft("Connect", owner=Owner.VENDOR)]
    )


@pytest.fixture
def people(session: Session, account: Account, member: User) -> dict[str, User]:
    return {
        "member": member,
        "colleague": make_user(session, account=account, name="Yui Mori"),
        "champion": make_user(session, account=account, role=Role.CHAMPION, name="Cho Kim"),
        "staff": make_user(session, name="Ken Abe"),
        "manager": make_user(session, name="Mio Ito"),
        "stranger": make_user(session, account=make_account(session), role=Role.CHAMPION),
    }


def assign(session: Session, actor: User, step: ChecklistStep, person: User) -> None:
    service.assign(session, actor=actor_of(actor), step_id=step.id, user_id=person.id, now=NOW)
    session.commit()


def doing(session: Session, step_id: int) -> list[str]:
    step = session.get_one(ChecklistStep, step_id)
    return [person.name for person in assignees_of(session, [step])[step_id]]


@pytest.mark.parametrize("side", ["customer", "vendor"])
def test_who_may_let_whom_do_a_step(
    session: Session, people: dict[str, User], checklist: Checklist, side: str
) -> None:
    step_id = checklist.steps[0 if side == "customer" else 2].id
    actors = {name: actor_of(person) for name, person in people.items()}
    for who, actor in actors.items():
        for whom, person in actors.items():
            outcome = attempt(session, actor, step_id, person)
            if who == "stranger":
                assert outcome is NotFoundError
            elif whom in MAY.get((who, side), ()) or (who == whom and whom in SIDES[side]):
                assert outcome is None, (who, whom)
            else:
                assert outcome in {ForbiddenError, InvalidError}, (who, whom)


def attempt(session: Session, actor: Actor, step_id: int, person: Actor) -> type[Exception] | None:
    """Let a person do a step and take that back; return why it is refused, None if it is not."""
    try:
        for act in (service.assign, service.unassign):
            act(session, actor=actor, step_id=step_id, user_id=person.user_id or 0, now=NOW)
    except (ForbiddenError, InvalidError, NotFoundError) as error:
        return type(error)
    finally:
        session.rollback()
    return None


def test_visitors_find_nothing(session: Session, member: User, checklist: Checklist) -> None:
    with pytest.raises(NotFoundError):
        service.assign(session, actor=VISITOR, step_id=checklist.steps[0].id, user_id=member.id, now=NOW)


def test_several_do_a_step_and_the_history_says_who_said_so(
    session: Session, people: dict[str, User], checklist: Checklist
) -> None:
    step, champion = checklist.steps[0], people["champion"]
    for name in ("colleague", "member", "colleague"):
        assign(session, champion, step, people[name])
    service.unassign(
        session, actor=actor_of(people["member"]), step_id=step.id, user_id=people["member"].id, now=NOW
    )
    session.commit()

    assert doing(session, step.id) == ["Yui Mori"]
    told = select(ChecklistAct).where(ChecklistAct.step_id == step.id).order_by(ChecklistAct.id)
    acts = session.scalars(told).all()
    assert [(act.act, act.actor_id, act.data["person"]) for act in acts] == [
        (Act.ASSIGNED, champion.id, "Yui Mori"),
        (Act.ASSIGNED, champion.id, "Kim Sato"),
        (Act.UNASSIGNED, people["member"].id, "Kim Sato"),
    ]


def test_who_left_is_shown_and_not_offered(
    session: Session, browser_of: Browse, people: dict[str, User], checklist: Checklist
) -> None:
    step, colleague = checklist.steps[0], people["colleague"]
    assign(session, people["champion"], step, colleague)
    colleague.is_active = False
    session.commit()

    page = browser_of(people["champion"]).get(f"/onboarding/steps/{step.id}").text
    assert "not here any more" in page
    assert f'<option value="{colleague.id}">' not in page
    assert f'<option value="{people["member"].id}">' in page
    assert "Yui Mori" in browser_of(people["champion"]).get("/onboarding/").text
    with pytest.raises(InvalidError):
        assign(session, people["champion"], checklist.steps[1], colleague)


def test_what_one_is_to_do_comes_first_for_that_person_alone(
    session: Session, browser_of: Browse, people: dict[str, User], checklist: Checklist
) -> None:
    first, second, _ours = checklist.steps
    assign(session, people["champion"], second, people["member"])

    assert next_of(session, people["member"]) == second.id
    assert next_of(session, people["colleague"]) == first.id
    page = browser_of(people["member"]).get("/onboarding/").text
    assert page.index("Next for you") < page.index("Order") < page.index(">Next step<") < page.index("Import")
    assert "Assigned to you" in page
    other = browser_of(people["colleague"]).get("/onboarding/").text
    assert "Kim Sato" in other
    assert "Next for you" not in other
    assert "Assigned to you" not in other


def next_of(session: Session, person: User) -> int | None:
    step = queries.next_step_for(session, actor_of(person))
    return step.id if step else None


def test_what_waits_for_others_is_nobodys_next(
    session: Session, account: Account, people: dict[str, User]
) -> None:
    checklist = make_checklist(session, account, [draft("Import"), draft("Order", needs=["s1"])])
    assign(session, people["champion"], checklist.steps[1], people["member"])

    assert next_of(session, people["member"]) == checklist.steps[0].id


def test_shared_links_name_nobody(
    session: Session, client: FlaskClient, people: dict[str, User], checklist: Checklist
) -> None:
    champion = people["champion"]
    assign(session, champion, checklist.steps[0], people["colleague"])
    link = sharing.share(session, actor=actor_of(champion), checklist_id=checklist.id, days=30, now=NOW)
    link.expires_at = NOW + timedelta(days=3650)
    session.commit()

    shared = client.get(f"/onboarding/shared/{token_of(link.id)}").text
    assert "Import" in shared
    assert "Yui Mori" not in shared
    assert f"/onboarding/steps/{checklist.steps[0].id}" not in shared


def test_the_one_who_is_named_hears_of_it_once(
    session: Session, people: dict[str, User], checklist: Checklist, work: Callable[[], None]
) -> None:
    first, second, _ours = checklist.steps
    assign(session, people["champion"], first, people["member"])
    assign(session, people["champion"], first, people["member"])
    assign(session, people["member"], second, people["member"])
    work()
    for step in (first, second):
        tell_assigned(session, StepAssigned(step_id=step.id, user_id=people["member"].id), NOW)
    session.commit()

    notices = session.execute(select(Notice.user_id, Notice.kind, Notice.path)).all()
    assert notices == [(people["member"].id, "step_assigned", f"/onboarding/steps/{first.id}")]


def test_who_was_taken_off_meanwhile_hears_nothing(
    session: Session, people: dict[str, User], checklist: Checklist, work: Callable[[], None]
) -> None:
    step, member = checklist.steps[0], people["member"]
    assign(session, people["champion"], step, member)
    service.unassign(session, actor=actor_of(member), step_id=step.id, user_id=member.id, now=NOW)
    session.commit()
    work()

    assert session.scalars(select(Notice)).all() == []


def test_taking_and_leaving_on_the_page(
    session: Session, browser_of: Browse, member: User, checklist: Checklist
) -> None:
    step_id, browser, user_id = checklist.steps[0].id, browser_of(member), member.id
    address = f"/onboarding/steps/{step_id}"
    assert ">Assign<" not in browser.get(address).text

    answer = browser.post(f"{address}/assignees", data={"user_id": user_id})
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    assert doing(session, step_id) == ["Kim Sato"]
    assert "Leave it" in browser.get(address).text
    browser.post(f"{address}/assignees", data={"user_id": user_id, "_method": "delete"})
    session.rollback()
    assert doing(session, step_id) == []
    assert browser_of(make_customer(session)).get(address).status_code == 404
