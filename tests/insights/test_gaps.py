"""What counts as looked for in vain, and in which order it is told."""

from portal.insights.gaps import Gap, OpenQuestion, find_gaps
from portal.insights.help_sessions import Event
from tests.insights.ledger import MONDAY, event, sessions_of

DAY = 24 * 3600


def search(number: int, seconds: float, query: str, results: int = 3, *, person: str = "user:1") -> Event:
    return event(number, "search.performed", seconds, person=person, query=query, results=results)


def gaps_in(*events: Event) -> list[Gap]:
    return find_gaps(sessions_of(*events), [], since=MONDAY)


def test_a_search_with_results_that_was_left_alone_is_no_gap() -> None:
    assert gaps_in(search(1, 0, "labels")) == []


def test_a_search_that_was_clicked_is_no_gap_even_if_a_question_followed() -> None:
    events = [
        search(1, 0, "labels"),
        event(2, "search.result_opened", 5, rank=1),
        event(3, "question.asked", 100),
    ]

    assert gaps_in(*events) == []


def test_a_search_without_a_click_that_was_tried_again_is_a_gap() -> None:
    gap, *others = gaps_in(search(1, 0, "labels"), search(2, 60, "printer"))

    assert others == []
    assert (gap.title, gap.sessions, gap.escalated, gap.cost) == ("labels", 1, 0, 0)


def test_a_search_without_a_click_that_ended_in_a_request_is_a_gap() -> None:
    gap = gaps_in(search(1, 0, "labels"), event(2, "request.opened", 2 * DAY))[0]

    assert (gap.title, gap.escalation_rate, gap.cost) == ("labels", 1, 1)


def test_the_same_words_are_one_gap_in_any_order_and_form() -> None:
    gap, *others = gaps_in(
        search(1, 0, "print labels", 0),
        search(2, DAY, "Labels printing", 0, person="user:2"),
        search(3, DAY, "the labels, printed", 0, person="user:3"),
        search(4, 2 * DAY, "print labels", 0, person="user:4"),
    )

    assert others == []
    assert gap.queries == (("print labels", 2), ("Labels printing", 1), ("the labels, printed", 1))
    assert gap.sessions == 4


def test_a_query_of_signs_alone_is_a_gap_too_and_an_empty_one_is_not() -> None:
    assert [gap.title for gap in gaps_in(search(1, 0, "??", 0), search(2, DAY, "", 0))] == ["??"]


def test_the_costliest_gap_comes_first() -> None:
    events = [search(number, number * DAY, "rare", 0, person=f"user:{number}") for number in (1, 2, 3)]
    events += [search(9, 0, "costly", 0, person="user:9"), event(10, "request.opened", 60, person="user:9")]

    assert [(gap.title, gap.cost, gap.sessions) for gap in gaps_in(*events)] == [
        ("costly", 1, 1),
        ("rare", 0, 3),
    ]


def test_a_question_belongs_to_the_session_in_which_it_was_asked() -> None:
    asked = event(2, "question.asked", 60)
    elsewhere = event(7, "question.asked", 9 * DAY, person="user:7")
    questions = [
        OpenQuestion(event=asked, topic_id=4, title="Labels?"),
        OpenQuestion(event=elsewhere, topic_id=5, title="Label"),
    ]

    gap, *others = find_gaps(
        sessions_of(search(1, 0, "labels", 0), asked, elsewhere), questions, since=MONDAY
    )

    assert others == []
    assert (gap.sessions, gap.escalated) == (2, 2)
    assert [question.topic_id for question in gap.questions] == [4, 5]
