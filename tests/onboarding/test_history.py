from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Role
from portal.accounts.models import Account, User
from portal.adoption.service import Fact, void
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor
from portal.events import SignalsVoided
from portal.onboarding import service
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.history.queries import NEWEST, PAGE_SIZE, acts_for, newest_acts_of
from portal.onboarding.history.service import note
from portal.onboarding.history.wording import SENTENCES, sentence
from portal.onboarding.models import Checklist
from portal.onboarding.rules import Proof
from portal.onboarding.sharing import service as sharing
from portal.onboarding.sharing.tokens import token_of
from portal.reactions.checklists import follow_voided
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import draft, make_checklist, prove

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DATA = {
    "step": {"en": "Import", "ja": "取り込む"},
    "number": 3,
    "to": "Kim Sato",
    "before": "2026-11-02",
    "after": "2026-11-06",
    "pushed": 2,
    "goal": "Import / 取り込む",
    "target_before": 10,
    "target_after": 20,
    "due_before": "2026-11-02",
    "due_after": "2026-11-06",
    "person": "Kim Sato",
}

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    """The second step is done once the feature is used."""
    proof = Proof(kind="feature.used")
    return make_checklist(session, account, [draft("Import"), draft("Order", proof=proof)])


def told(session: Session, checklist: Checklist) -> list[tuple[Act, int | None]]:
    rows = acts_for(session, SYSTEM, checklist.id).rows
    return [(row.act, row.actor_id) for row in rows]


def test_what_people_do_is_kept_with_who_and_when(
    session: Session, account: Account, member: User, checklist: Checklist
) -> None:
    step, other = checklist.steps
    champion = make_user(session, account=account, role=Role.CHAMPION)
    service.complete_step(session, actor=actor_of(member), step_id=step.id, now=NOW)
    service.complete_step(session, actor=actor_of(champion), step_id=step.id, now=NOW)
    later, reason = NOW + timedelta(hours=1), " It was the wrong file. "
    service.reopen_step(session, actor=actor_of(champion), step_id=step.id, now=later, reason=reason)
    service.reopen_step(session, actor=actor_of(champion), step_id=step.id, now=later)
    session.commit()
    prove(session, account, Fact(kind="feature.used", key="", occurred_at=NOW - timedelta(hours=1)), now=NOW)

    assert told(session, checklist) == [
        (Act.REOPENED, champion.id),
        (Act.TICKED, member.id),
        (Act.PROVED, None),
        (Act.STARTED, None),
    ]
    newest = acts_for(session, SYSTEM, checklist.id).rows[0]
    assert (newest.at, newest.data["reason"]) == (later, "It was the wrong file.")
    of_step = acts_for(session, SYSTEM, checklist.id, step_id=other.id).rows
    assert [row.act for row in of_step] == [Act.PROVED]


def test_a_step_whose_proof_is_taken_back_says_so(
    session: Session, account: Account, checklist: Checklist
) -> None:
    fact = Fact(kind="feature.used", key="", occurred_at=NOW)
    ids = prove(session, account, fact, now=NOW)
    void(session, ids, reason="removed", now=NOW)
    follow_voided(session, SignalsVoided(signal_ids=tuple(ids), reason="removed"), NOW)
    session.commit()

    assert told(session, checklist)[:2] == [(Act.REOPENED, None), (Act.PROVED, None)]
    newest = acts_for(session, SYSTEM, checklist.id).rows[0]
    assert sentence(newest, "en") == "“Order” is open again: what proved it counts no more"


def test_who_starts_a_checklist_is_told(session: Session, account: Account) -> None:
    staff, first = make_user(session), make_checklist(session, account)
    second = service.start_checklist(
        session,
        actor=actor_of(staff),
        account_id=account.id,
        map_id=first.success_map_id,
        started_on=date(2026, 11, 2),
        team="Osaka",
        now=NOW,
    )

    rows = acts_for(session, SYSTEM, second.id).rows
    assert [(row.act, row.actor_id, row.at, row.data) for row in rows] == [
        (Act.STARTED, staff.id, NOW, {"number": 1})
    ]


def test_each_sees_the_history_of_what_they_see(session: Session, member: User, checklist: Checklist) -> None:
    assert len(acts_for(session, actor_of(member), checklist.id).rows) == 1
    assert len(acts_for(session, actor_of(make_user(session)), checklist.id).rows) == 1
    for stranger in (actor_of(make_customer(session)), VISITOR):
        with pytest.raises(NotFoundError):
            acts_for(session, stranger, checklist.id)


def test_pages_go_on_where_the_last_ended(session: Session, checklist: Checklist) -> None:
    for number in range(PAGE_SIZE + 2):
        at = NOW + timedelta(minutes=number // 2)
        note(session, Act.TICKED, checklist.steps[0], actor=SYSTEM, now=at)
    session.commit()

    first = acts_for(session, SYSTEM, checklist.id)
    rest = acts_for(session, SYSTEM, checklist.id, after=Cursor.decode(first.next_cursor or ""))

    assert (len(first.rows), len(rest.rows), rest.next_cursor) == (PAGE_SIZE, 3, None)
    ids = [row.id for row in (*first.rows, *rest.rows)]
    assert ids == sorted(ids, reverse=True)


def test_the_newest_of_several_checklists(session: Session, account: Account, checklist: Checklist) -> None:
    other, silent = make_checklist(session, account), make_checklist(session, make_account(session))
    for number in range(NEWEST + 3):
        note(session, Act.TICKED, checklist.steps[0], actor=SYSTEM, now=NOW + timedelta(minutes=number))
    session.commit()

    acts = newest_acts_of(session, [checklist, other])

    assert [row.at for row in acts[checklist.id]] == [
        NOW + timedelta(minutes=number) for number in range(NEWEST + 2, 2, -1)
    ]
    assert [row.act for row in acts[other.id]] == [Act.STARTED]
    assert silent.id not in acts


def test_a_step_that_is_gone_is_still_called_by_its_name(session: Session, checklist: Checklist) -> None:
    step = checklist.steps[0]
    service.complete_step(session, actor=SYSTEM, step_id=step.id, now=NOW)
    session.commit()
    session.delete(step)
    session.commit()
    session.expire_all()

    newest = acts_for(session, SYSTEM, checklist.id).rows[0]
    assert (newest.step_id, sentence(newest, "en")) == (None, "Ticked “Import”")


@pytest.mark.parametrize("act", list(Act))
def test_every_act_has_its_sentence_in_both_languages(app: Flask, act: Act) -> None:
    data = DATA | ({"before": 1, "after": 2} if act is Act.MOVED else {})
    with app.test_request_context():
        said = {}
        for language in ("en", "ja"):
            with force_locale(language):
                said[language] = sentence(ChecklistAct(act=act, data=data), language)

    assert act in SENTENCES
    assert said["en"] != said["ja"]
    assert ("Import" in said["en"]) == ("取り込む" in said["ja"]) == (act not in {Act.STARTED, Act.MOVED})


def test_a_reason_and_what_moved_with_it_are_told(app: Flask) -> None:
    with app.test_request_context():
        reopened = ChecklistAct(act=Act.REOPENED, data=DATA | {"reason": "<b>Wrong</b>"})
        chosen = ChecklistAct(act=Act.DAY_CHOSEN, data=DATA)

        assert sentence(reopened, "en") == "Opened “Import” again: <b>Wrong</b>"
        assert sentence(chosen, "en") == (
            "Moved “Import” from Nov 2, 2026 to Nov 6, 2026 (2 other steps move with it)"
        )


def test_the_plan_tells_it_and_a_shared_link_does_not(
    session: Session, client: FlaskClient, browser_of: Browse, account: Account, checklist: Checklist
) -> None:
    champion = make_user(session, account=account, role=Role.CHAMPION, name="Cho Kim")
    browser, step = browser_of(champion), checklist.steps[0]
    completion = f"/onboarding/steps/{step.id}/completion"
    browser.post(completion)
    browser.post(completion, data={"_method": "delete", "reason": "<i>Too early</i>"})
    link = sharing.share(session, actor=actor_of(champion), checklist_id=checklist.id, days=30, now=NOW)
    link.expires_at = datetime.now(UTC) + timedelta(days=1)
    session.commit()

    page = browser.get("/onboarding/").text
    assert "Opened “Import” again: &lt;i&gt;Too early&lt;/i&gt;" in page
    assert page.index("Opened “Import” again") < page.index("Ticked “Import”")
    shared = client.get(f"/onboarding/shared/{token_of(link.id)}").text
    assert "Import" in shared
    assert "Too early" not in shared
    assert "Cho Kim" not in shared


def test_the_whole_history_and_that_of_a_step(browser_of: Browse, member: User, checklist: Checklist) -> None:
    browser, (step, other) = browser_of(member), checklist.steps
    path = f"/onboarding/checklists/{checklist.id}/history"
    browser.post(f"/onboarding/steps/{step.id}/completion")

    assert f"{path}?step={step.id}" in browser.get("/onboarding/").text
    whole, of_step = browser.get(path).text, browser.get(f"{path}?step={step.id}").text
    assert "Started the checklist" in whole
    assert "Ticked “Import”" in whole
    assert "Kim Sato" in whole
    assert "Started the checklist" not in of_step
    assert "Ticked “Import”" in of_step
    assert "Nothing has happened yet" in browser.get(f"{path}?step={other.id}").text
    assert browser.get(f"{path}?after=damaged").status_code == 422


def test_who_comes_to_the_history(
    session: Session, client: FlaskClient, browser_of: Browse, checklist: Checklist
) -> None:
    path = f"/onboarding/checklists/{checklist.id}/history"

    assert client.get(path).headers["Location"].startswith("/sign-in")
    assert browser_of(make_customer(session)).get(path).status_code == 404
    assert browser_of(make_user(session)).get(path).status_code == 200
