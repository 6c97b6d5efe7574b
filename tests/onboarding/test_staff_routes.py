from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import User
from portal.onboarding.maps import queries as maps
from portal.onboarding.models import Checklist, SuccessMap
from portal.onboarding.routes import today
from portal.onboarding.rules import Proof
from tests.factories import make_account, make_customer, make_user
from tests.onboarding.factories import draft, make_checklist, make_map

Browse = Callable[[User], FlaskClient]

STEP = {
    "title_en": "Invite the team",
    "title_ja": "チームを招待する",
    "reason_en": "Nobody orders alone.",
    "instrument": "article",
    "reference": "12",
    "minutes": "20",
    "due_after_days": "5",
    "is_required": "y",
    "proof_kind": "article.viewed",
    "proof_count": "3",
    "proof_people": "3",
    "proof_where": "subject=article:12|article:14",
}


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session))


@pytest.fixture
def success_map(session: Session) -> SuccessMap:
    return make_map(session, [draft("Import the products", due_after_days=3)])


def read_map(session: Session, success_map: SuccessMap) -> SuccessMap:
    session.rollback()
    session.expire_all()
    return maps.map_for(session, SYSTEM, success_map.id)


def test_only_staff_come_in(
    session: Session, client: FlaskClient, browser_of: Browse, success_map: SuccessMap
) -> None:
    champion = browser_of(make_user(session, account=make_account(session), role=Role.CHAMPION))
    checklist = make_checklist(session, make_account(session))
    step = success_map.steps[0]
    pages = [
        "",
        f"checklists/{checklist.id}",
        "maps/",
        f"maps/{success_map.id}",
        f"steps/{step.id}",
    ]
    posts = ["maps/", f"maps/{success_map.id}/steps", f"maps/{success_map.id}/checklists", f"steps/{step.id}"]
    for browser, status in ((client, 302), (browser_of(make_customer(session)), 403), (champion, 403)):
        for path in pages:
            assert browser.get(f"/staff/onboarding/{path}").status_code == status, path
        for path in posts:
            assert browser.post(f"/staff/onboarding/{path}").status_code == status, path


@pytest.mark.parametrize("path", ["checklists/999", "maps/999", "steps/999"])
def test_what_is_not_there_is_not_found(staff: FlaskClient, path: str) -> None:
    assert staff.get(f"/staff/onboarding/{path}").status_code == 404


def test_the_list_shows_who_is_stuck_first(session: Session, staff: FlaskClient) -> None:
    names = {"Fine": 0, "Slipping": 10, "Stuck": 20}
    for name, days_ago in names.items():
        account = make_account(session, name=f"{name} Ltd", country="ZZ")
        started_on = today() - timedelta(days=days_ago)
        make_checklist(session, account, [draft(due_after_days=5)], started_on=started_on)

    page = staff.get("/staff/onboarding/").text

    assert page.index("Stuck Ltd") < page.index("Slipping Ltd") < page.index("Fine Ltd")
    assert "13 days late" in page
    assert "3 days late" in page
    assert "On track" in page


def test_an_empty_list_says_what_to_do(staff: FlaskClient) -> None:
    assert "No checklist yet" in staff.get("/staff/onboarding/").text


def test_staff_add_a_map(session: Session, staff: FlaskClient) -> None:
    answer = staff.post("/staff/onboarding/maps/", data={"name_en": "First order", "persona": "Wholesaler"})
    page = staff.get(answer.headers["Location"]).text

    assert answer.status_code == 303
    assert "First order" in page
    assert "Wholesaler" in page
    assert "First order" in staff.get("/staff/onboarding/maps/").text


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("", "Give the map a name"), ("From paper", "There is a success map with this name already.")],
)
def test_a_map_that_cannot_be_added_stays_on_the_page(
    session: Session, staff: FlaskClient, name: str, complaint: str
) -> None:
    staff.post("/staff/onboarding/maps/", data={"name_en": "From paper"})

    answer = staff.post("/staff/onboarding/maps/", data={"name_en": name, "persona": "Wholesaler"})

    assert answer.status_code == 422
    assert complaint in answer.text
    assert "Wholesaler" in answer.text


def test_staff_add_a_step(session: Session, staff: FlaskClient, success_map: SuccessMap) -> None:
    answer = staff.post(f"/staff/onboarding/maps/{success_map.id}/steps", data=STEP)

    step = read_map(session, success_map).steps[-1]
    assert answer.status_code == 303
    assert (step.titles, step.reasons) == (
        {"en": "Invite the team", "ja": "チームを招待する"},
        {"en": "Nobody orders alone."},
    )
    assert (step.position, step.due_after_days, step.article_id) == (2, 5, 12)
    assert step.minutes == 20
    assert (step.is_required, step.is_first_value) == (True, False)
    assert step.proof == {
        "kind": "article.viewed",
        "count": 3,
        "people": 3,
        "where": {"subject": ["article:12", "article:14"]},
    }
    assert "3 people opened the article" in staff.get(answer.headers["Location"]).text


def test_a_map_shows_its_stages_each_once(
    session: Session, staff: FlaskClient, success_map: SuccessMap
) -> None:
    stages = [draft(stage={"en": name}) for name in ("Set up", "Set up", "Go live")]
    staged = make_map(session, stages)

    page = staff.get(f"/staff/onboarding/maps/{staged.id}").text

    assert [page.count(f'<p class="label">{name}</p>') for name in ("Set up", "Go live")] == [1, 1]


def test_a_step_by_hand_has_no_proof(session: Session, staff: FlaskClient, success_map: SuccessMap) -> None:
    staff.post(
        f"/staff/onboarding/maps/{success_map.id}/steps",
        data=STEP | {"proof_kind": "", "instrument": "", "reference": ""},
    )

    step = read_map(session, success_map).steps[-1]
    assert (step.proof, step.article_id) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title_en": "", "title_ja": ""},
        {"minutes": "0"},
        {"minutes": "481"},
        {"due_after_days": ""},
        {"due_after_days": "-1"},
        {"due_after_days": "99999"},
        {"reference": "twelve"},
        {"instrument": "board", "reference": ""},
        {"instrument": "video", "reference": "javascript:alert(1)"},
        {"instrument": "meeting", "reference": "tomorrow"},
        {"instrument": "quiz"},
        {"instrument": "quiz", "quiz_ja": "どれですか？\n+ これ"},
        {"instrument": "pigeon"},
        {"needs": "s7"},
        {"counted_from": "s7"},
        {"proof_kind": "made.up"},
        {"proof_people": "0"},
        {"proof_where": "subject"},
    ],
)
def test_a_step_that_cannot_be_used_stays_on_the_page(
    session: Session, staff: FlaskClient, success_map: SuccessMap, wrong: dict[str, str]
) -> None:
    step = success_map.steps[0]
    for path in (f"maps/{success_map.id}/steps", f"steps/{step.id}"):
        answer = staff.post(f"/staff/onboarding/{path}", data=STEP | wrong)

        assert answer.status_code == 422
        assert 'class="errors"' in answer.text
        assert "Nobody orders alone." in answer.text
    assert [each.title("en") for each in read_map(session, success_map).steps] == ["Import the products"]


def test_staff_change_a_step(session: Session, staff: FlaskClient, success_map: SuccessMap) -> None:
    path = f"/staff/onboarding/steps/{success_map.steps[0].id}"
    staff.post(path, data=STEP)

    page = staff.get(path).text

    assert [step.title("en") for step in read_map(session, success_map).steps] == ["Invite the team"]
    assert "チームを招待する" in page
    assert "subject=article:12|article:14" in page
    assert '<option selected value="article.viewed">' in page


def test_a_kind_that_came_by_import_is_kept(session: Session, staff: FlaskClient) -> None:
    proof = Proof(kind="product.route_planned")
    success_map = make_map(session, [draft("Plan a route", proof=proof)])
    path = f"/staff/onboarding/steps/{success_map.steps[0].id}"

    answer = staff.post(path, data=STEP | {"proof_kind": "product.route_planned", "proof_where": ""})

    assert answer.status_code == 303
    assert '<option selected value="product.route_planned">' in staff.get(path).text


def test_staff_remove_a_step(session: Session, staff: FlaskClient, success_map: SuccessMap) -> None:
    path = f"/staff/onboarding/steps/{success_map.steps[0].id}"

    answer = staff.post(path, data={"_method": "delete"})

    assert answer.headers["Location"] == f"/staff/onboarding/maps/{success_map.id}"
    assert read_map(session, success_map).steps == []


def test_staff_start_a_checklist(session: Session, staff: FlaskClient, success_map: SuccessMap) -> None:
    account = make_account(session, name="Initech")
    form = {"account_id": str(account.id), "started_on": "2026-12-01"}

    answer = staff.post(f"/staff/onboarding/maps/{success_map.id}/checklists", data=form)

    session.rollback()
    checklist = session.scalars(select(Checklist)).one()
    assert (checklist.account_id, checklist.ends_on) == (account.id, date(2026, 12, 4))
    assert answer.headers["Location"] == f"/staff/onboarding/checklists/{checklist.id}"
    assert "Initech" in staff.get(answer.headers["Location"]).text
    again = staff.post(f"/staff/onboarding/maps/{success_map.id}/checklists", data=form)
    assert again.status_code == 422
    assert "Initech has a checklist of this map already." in again.text


def test_a_checklist_needs_an_account_and_a_day(
    session: Session, staff: FlaskClient, success_map: SuccessMap
) -> None:
    path = f"/staff/onboarding/maps/{success_map.id}/checklists"
    account_id = str(make_account(session).id)

    assert staff.post(path, data={"account_id": "999", "started_on": "2026-12-01"}).status_code == 422
    assert staff.post(path, data={"account_id": account_id, "started_on": "tomorrow"}).status_code == 422


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_checklist_starts_near_these_years(
    session: Session, staff: FlaskClient, success_map: SuccessMap, day: str
) -> None:
    account_id = str(make_account(session).id)

    answer = staff.post(
        f"/staff/onboarding/maps/{success_map.id}/checklists",
        data={"account_id": account_id, "started_on": day},
    )

    assert answer.status_code == 422
    assert 'class="errors"' in answer.text
