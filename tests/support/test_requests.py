"""Requests: written, answered, settled, and seen by the right people."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Role
from portal.accounts.models import Account, User
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.support import queries, service
from portal.support.models import RequestStatus, SupportRequest
from tests.factories import NOW, actor_of, make_account, make_customer, make_request, make_user

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, name="Acme Foods")


@pytest.fixture
def kim(session: Session, account: Account) -> User:
    return make_user(session, account=account, name="Kim Sato")


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION)


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session, name="Suzuki Rin")


@pytest.fixture
def request_(session: Session, kim: User) -> SupportRequest:
    return make_request(session, author=kim)


def events(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)))


def test_who_sees_a_request(
    session: Session, account: Account, kim: User, champion: User, staff: User, request_: SupportRequest
) -> None:
    for person in (kim, champion, staff):
        assert queries.request_for(session, actor_of(person), request_.id) is request_
        assert list(queries.requests_for(session, actor_of(person))) == [request_]
        assert queries.open_count_for(session, actor_of(person)) == 1
    colleague = actor_of(make_user(session, account=account))
    other_champion = actor_of(make_user(session, account=make_account(session), role=Role.CHAMPION))
    for actor in (colleague, other_champion, VISITOR):
        assert not queries.requests_for(session, actor)
        assert queries.open_count_for(session, actor) == 0
        with pytest.raises(NotFoundError):
            queries.request_for(session, actor, request_.id)


def test_it_waits_is_answered_asked_again_and_settled(
    session: Session, kim: User, staff: User, request_: SupportRequest
) -> None:
    def say(person: User, body: str) -> RequestStatus:
        service.reply(session, actor=actor_of(person), request_id=request_.id, body=body, now=NOW)
        return request_.status

    assert request_.status is RequestStatus.OPEN
    assert say(staff, "Which file?") is RequestStatus.ANSWERED
    assert say(kim, "This one.") is RequestStatus.OPEN
    for _ in range(2):
        service.resolve(session, actor=actor_of(kim), request_id=request_.id, now=NOW)
    assert (request_.status, request_.resolved_at) == (RequestStatus.RESOLVED, NOW)
    assert say(kim, "It happened again.") is RequestStatus.OPEN
    assert request_.resolved_at is None
    assert events(session) == ["RequestOpened", "RequestAnswered", "RequestResolved"]
    assert [reply.body for reply in request_.replies] == ["Which file?", "This one.", "It happened again."]


def test_the_author_and_staff_settle_it(
    session: Session, champion: User, staff: User, request_: SupportRequest
) -> None:
    with pytest.raises(ForbiddenError):
        service.resolve(session, actor=actor_of(champion), request_id=request_.id, now=NOW)
    stranger = actor_of(make_customer(session))
    with pytest.raises(NotFoundError):
        service.resolve(session, actor=stranger, request_id=request_.id, now=NOW)

    assert service.resolve(session, actor=actor_of(staff), request_id=request_.id, now=NOW) is request_


def test_visitors_do_not_open_requests(session: Session) -> None:
    with pytest.raises(ForbiddenError):
        service.open_request(session, actor=VISITOR, title="x", body="x", now=NOW)


@pytest.mark.parametrize(("title", "body", "field"), [(" ", "x", "title"), ("x", "\n", "body")])
def test_an_empty_request_is_refused(session: Session, kim: User, title: str, body: str, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        service.open_request(session, actor=actor_of(kim), title=title, body=body, now=NOW)
    assert refused.value.field == field


def test_lists_can_be_narrowed(session: Session, kim: User, staff: User, request_: SupportRequest) -> None:
    other = make_request(session, author=make_customer(session))
    service.resolve(session, actor=actor_of(staff), request_id=other.id, now=NOW)
    session.commit()

    def found(**values: object) -> list[SupportRequest]:
        return list(queries.requests_for(session, actor_of(staff), **values))  # type: ignore[arg-type]  # Filters.

    assert found() == [other, request_]
    assert found(oldest_first=True) == [request_, other]
    assert found(status=RequestStatus.RESOLVED) == [other]
    assert found(account_id=kim.account_id) == [request_]


def test_a_request_is_sent_and_shown(browser_of: Browse, kim: User) -> None:
    browser = browser_of(kim)
    assert 'value="Import"' in browser.get("/support/requests/new?title=Import").text

    answer = browser.post("/support/requests/new", data={"title": "Import", "body": "It **stops**."})

    page = browser.get(answer.headers["Location"]).text
    assert answer.status_code == 303
    assert "<strong>stops</strong>" in page
    assert "Waiting for an answer" in page
    assert answer.headers["Location"] in browser.get("/support/requests/").text


@pytest.mark.parametrize("form", [{"title": ""}, {"body": ""}, {"body": " \n"}, {"title": "x" * 301}])
def test_what_was_typed_stays_when_it_cannot_be_used(
    browser_of: Browse, kim: User, form: dict[str, str]
) -> None:
    typed = {"title": "Typed title", "body": "Typed text"} | form

    answer = browser_of(kim).post("/support/requests/new", data=typed)

    assert answer.status_code == 422
    assert f'value="{typed["title"]}"' in answer.text
    assert typed["body"] in answer.text


def test_the_conversation_on_the_page(
    browser_of: Browse, kim: User, staff: User, request_: SupportRequest
) -> None:
    path = f"/support/requests/{request_.id}"
    browser, desk = browser_of(kim), browser_of(staff)

    assert desk.post(f"{path}/replies", data={"body": "Which *file*?"}).status_code == 303
    assert browser.post(f"{path}/replies", data={"body": " "}).status_code == 422
    page = browser.get(path).text
    assert "Which <em>file</em>?" in page
    assert "Suzuki Rin" in page
    assert browser.post(f"{path}/resolution").status_code == 303
    assert "Settled" in browser.get(path).text
    assert f"{path}/resolution" not in browser.get(path).text


def test_others_find_nothing_there(session: Session, browser_of: Browse, request_: SupportRequest) -> None:
    stranger, path = browser_of(make_customer(session)), f"/support/requests/{request_.id}"

    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/replies", data={"body": "x"}).status_code == 404
    assert stranger.post(f"{path}/replies", data={"body": ""}).status_code == 404
    assert stranger.post(f"{path}/resolution").status_code == 404


def test_a_champion_reads_but_does_not_settle(
    browser_of: Browse, champion: User, request_: SupportRequest
) -> None:
    browser, path = browser_of(champion), f"/support/requests/{request_.id}"

    assert "Our import stopped" in browser.get("/support/requests/").text
    assert "Our import stopped" in browser.get(path).text
    assert browser.post(f"{path}/resolution").status_code == 403


def test_visitors_are_asked_to_sign_in(client: FlaskClient, request_: SupportRequest) -> None:
    path = f"/support/requests/{request_.id}"
    answers = [client.get(where) for where in ("/support/requests/", "/support/requests/new", path)]
    answers += [
        client.post(where) for where in ("/support/requests/new", f"{path}/replies", f"{path}/resolution")
    ]
    answers.append(client.get("/staff/requests/"))

    assert all(answer.headers["Location"].startswith("/sign-in") for answer in answers)


def test_the_list_of_staff(
    session: Session, browser_of: Browse, kim: User, staff: User, request_: SupportRequest
) -> None:
    make_request(session, author=kim, title="Second request")
    desk = browser_of(staff)
    desk.post(f"/support/requests/{request_.id}/replies", data={"body": "Which file?"})

    waiting, answered = (desk.get(f"/staff/requests/{query}").text for query in ("", "?status=answered"))

    assert ("Second request" in waiting, "Our import stopped" in waiting) == (True, False)
    assert ("Second request" in answered, "Our import stopped" in answered) == (False, True)
    assert "Acme Foods" in waiting
    assert desk.get("/staff/requests/?status=made-up").text.count("Second request") == 1
    assert browser_of(kim).get("/staff/requests/").status_code == 403


def test_a_request_is_no_markup(session: Session, browser_of: Browse, kim: User, staff: User) -> None:
    made = make_request(
        session, author=kim, title="<script>alert(1)</script>", body="<img src=x onerror=alert(1)>"
    )

    for path in (f"/support/requests/{made.id}", "/staff/requests/"):
        page = browser_of(staff).get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
