import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from portal.core.errors import ConflictError, NotFoundError
from portal.onboarding import service as checklists
from portal.onboarding.history.models import Act
from portal.onboarding.history.queries import acts_for
from portal.onboarding.models import ChecklistStep
from portal.onboarding.quizzes import service
from portal.onboarding.quizzes.rules import quiz_of
from tests.factories import actor_of, make_customer, make_user
from tests.onboarding.factories import draft, make_checklist, quiz_draft

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
RIGHT = {0: 1, 1: 0}

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def step(session: Session, account: Account) -> ChecklistStep:
    return make_checklist(session, account, [quiz_draft(), draft("Send an order", needs=["s1"])]).steps[0]


def take(session: Session, actor: User, step: ChecklistStep, chosen: dict[int, int]) -> list[int]:
    wrong = service.take(
        session, actor=actor_of(actor), step_id=step.id, language="en", chosen=chosen, now=NOW
    )
    session.commit()
    return list(wrong)


def test_all_right_answers_complete_the_step(session: Session, member: User, step: ChecklistStep) -> None:
    assert take(session, member, step, RIGHT) == []

    assert (step.completed_at, step.completed_by_id) == (NOW, member.id)
    acts = acts_for(session, actor_of(member), step.checklist_id).rows
    assert (acts[0].act, acts[0].actor_id) == (Act.QUIZ_PASSED, member.id)


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [({}, [0, 1]), ({0: 1}, [1]), ({0: 0, 1: 0}, [0]), ({0: 1, 1: 7}, [1]), ({5: 1}, [0, 1])],
)
def test_anything_else_does_not(
    session: Session, member: User, step: ChecklistStep, chosen: dict[int, int], wrong: list[int]
) -> None:
    assert take(session, member, step, chosen) == wrong
    assert not step.is_done


def test_a_quiz_is_not_ticked_by_hand_but_by_staff(
    session: Session, member: User, step: ChecklistStep
) -> None:
    with pytest.raises(ConflictError, match="open the quiz"):
        checklists.complete_step(session, actor=actor_of(member), step_id=step.id, now=NOW)
    session.rollback()

    staff = actor_of(make_user(session))
    assert checklists.complete_step(session, actor=staff, step_id=step.id, now=NOW).is_done


def test_a_quiz_waits_for_what_it_needs(session: Session, account: Account, member: User) -> None:
    later = make_checklist(session, account, [draft("Import"), quiz_draft(needs=["s1"])]).steps[1]

    with pytest.raises(ConflictError, match="Do this first"):
        take(session, member, later, RIGHT)


def test_others_find_no_quiz_and_steps_without_have_none(
    session: Session, member: User, step: ChecklistStep
) -> None:
    with pytest.raises(NotFoundError):
        take(session, make_customer(session), step, RIGHT)
    with pytest.raises(NotFoundError):
        take(session, member, step.checklist.steps[1], {})


def test_the_questions_are_in_the_readers_language_or_whichever_there_is(step: ChecklistStep) -> None:
    japanese = [{"text": "誰が？", "answers": ["あ", "い"], "right": 0}]

    for language, expected in (("en", "en"), ("ja", "en"), ("fr", "en")):
        quiz = quiz_of(step, language)
        assert quiz
        assert quiz.language == expected
    both = ChecklistStep(quiz={"en": [], "ja": japanese})
    assert (quiz := quiz_of(both, "en"))
    assert (quiz.language, quiz.questions[0].text) == ("ja", "誰が？")
    assert quiz_of(ChecklistStep(quiz=None), "en") is None


def test_the_page_says_what_is_wrong_and_keeps_what_was_chosen(
    browser_of: Browse, member: User, step: ChecklistStep
) -> None:
    browser, path = browser_of(member), f"/onboarding/steps/{step.id}/quiz"
    assert f'href="{path}"' in browser.get("/onboarding/").text
    assert "checked" not in browser.get(path).text

    answer = browser.post(path, data={"language": "en", "question-0": "1", "question-1": "1"})

    assert answer.status_code == 422
    assert "One answer is not right yet." in answer.text
    first, second = answer.text.split('id="question-0"')[1].split('id="question-1"')
    assert "This is not the right answer" not in first
    assert "This is not the right answer. Try another." in second
    assert re.search(r'value="1"\s+checked', first)
    assert re.search(r'value="1"\s+checked', second)
    assert answer.text.count("checked") == len(RIGHT)


def test_questions_in_another_language_say_which(
    browser_of: Browse, member: User, step: ChecklistStep
) -> None:
    path = f"/onboarding/steps/{step.id}/quiz"

    page = browser_of(member).get(path, headers={"Accept-Language": "ja"}).text

    assert '<html lang="ja">' in page
    assert '<legend lang="en">Who pays for returns?</legend>' in page
    assert "答え合わせをする" in page


def test_passing_leads_home_and_is_told(browser_of: Browse, member: User, step: ChecklistStep) -> None:
    browser, path = browser_of(member), f"/onboarding/steps/{step.id}/quiz"

    answer = browser.post(path, data={"language": "en", "question-0": "1", "question-1": "0"})

    assert (answer.status_code, "/onboarding/" in answer.headers["Location"]) == (303, True)
    page = browser.get(answer.headers["Location"]).text
    assert "Passed the quiz of “Know the returns”" in page
    assert "<strong>1 of 2</strong>" in page
    assert "This step is done." in browser.get(path).text


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"language": "fr", "question-0": "x", "question-x": "1", "question-²": "1"},
        {"question-0": "9" * 5000, "question-" + "9" * 5000: "1"},
        {"question-0": "-1"},
    ],
)
def test_nonsense_chooses_nothing(
    browser_of: Browse, member: User, step: ChecklistStep, sent: dict[str, str]
) -> None:
    answer = browser_of(member).post(f"/onboarding/steps/{step.id}/quiz", data=sent)

    assert answer.status_code == 422
    assert "2 answers are not right yet." in answer.text


def test_what_was_answered_too_early_is_still_there(
    session: Session, browser_of: Browse, account: Account, member: User
) -> None:
    later = make_checklist(session, account, [draft("Import"), quiz_draft(needs=["s1"])]).steps[1]
    path = f"/onboarding/steps/{later.id}/quiz"

    answer = browser_of(member).post(path, data={"language": "en", "question-0": "1", "question-1": "0"})

    assert answer.status_code == 409
    assert "Do this first: Import." in answer.text
    assert answer.text.count("checked") == 2


def test_a_tick_is_refused_in_the_readers_language(
    session: Session, browser_of: Browse, account: Account, step: ChecklistStep
) -> None:
    reader = browser_of(make_user(session, account=account))
    tick = f"/onboarding/steps/{step.id}/completion"

    assert "“Know the returns” is done by answering its questions" in reader.post(tick).text
    japanese = reader.post(tick, headers={"Accept-Language": "ja"})
    assert japanese.status_code == 409
    assert "「Know the returns（日本語）」" in japanese.text


def test_who_may_take_it(
    session: Session, client: FlaskClient, browser_of: Browse, step: ChecklistStep
) -> None:
    path = f"/onboarding/steps/{step.id}/quiz"

    assert client.get(path).headers["Location"].startswith("/sign-in")
    assert browser_of(make_customer(session)).get(path).status_code == 404
    assert browser_of(make_customer(session)).post(path).status_code == 404
    assert browser_of(make_user(session)).get(path).status_code == 200
