"""What looks like spam, and how often that is right on replies that others have marked."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from portal.forum.spam import (
    REPEATS_WITHIN,
    THRESHOLD,
    WEIGHTS,
    Circumstances,
    Sign,
    Verdict,
    judge,
    shares_enough,
    site_traces,
    traces,
)

FORUM = Path(__file__).parents[2].parent / "shared/data/forum"
NEW = Circumstances(posts_before=0, in_own_topic=False)
CALL = "Firefox Expert. Thank you for choosing us! Call toll free 1 800 555 0100 for free support & help."


def test_a_plain_answer_is_no_spam_even_if_it_is_the_first() -> None:
    verdict = judge("Turn it off and on again, and choose the tray by hand.", NEW)

    assert verdict == Verdict(score=0.3, signs=(Sign.TO_A_STRANGER, Sign.NEW_PERSON, Sign.FIRST_POST))


def test_the_score_is_the_sum_of_its_signs() -> None:
    known = Circumstances(posts_before=1, in_own_topic=False, repeats=2)

    verdict = judge(CALL, known)

    assert verdict.score == pytest.approx(min(1.0, sum(WEIGHTS[sign] for sign in verdict.signs)))
    assert verdict.score >= THRESHOLD
    assert {Sign.CONTACT, Sign.REPEATED, Sign.REPEATED_OFTEN} <= set(verdict.signs)


def test_who_has_been_here_for_a_while_may_link_and_repeat() -> None:
    assert judge(CALL, Circumstances(posts_before=10, in_own_topic=False, repeats=5)).score == 0


def test_a_link_behind_words_to_an_unknown_site_is_named() -> None:
    known = Circumstances(posts_before=0, in_own_topic=False, unknown_sites=1)

    assert {Sign.UNKNOWN_SITE, Sign.WORDED_LINK, Sign.MOSTLY_LINK} <= set(
        judge("Thanks [a lot](https://vitamins.example/)", known).signs
    )


@pytest.mark.parametrize(
    "body",
    [
        "Use coupon code X: the coupon gives a discount. 40% off, and 50% off tomorrow!",
        "クーポンコードで割引。新規の方は100円引き、もう一枚のクーポンもあります。",
    ],
)
def test_coupons_are_no_help_in_either_language(body: str) -> None:
    assert Sign.PROMOTES in judge(body, NEW).signs


def test_code_and_quotations_are_not_the_authors_words() -> None:
    body = "> Call 1 800 555 0100\n\n```\nsee https://shop.example/\n```\n\nWhat does that mean?"

    assert Sign.CONTACT not in judge(body, NEW).signs
    assert not site_traces(body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CALL, CALL.replace("Firefox Expert", "Firefox Team")),
        (
            "新規の方は全品が半額になります。詳しくはこちらをご覧ください。",
            "新規の方は全品が半額になります！詳しくはこちらをご覧下さい。",
        ),
    ],
)
def test_nearly_the_same_words_leave_the_same_traces(one: str, other: str) -> None:
    assert shares_enough(len(traces(one) & traces(other)), traces(one))


def test_other_words_and_bare_thanks_repeat_nothing() -> None:
    other = traces("The printer prints nothing since the last update, whatever I try to do about it.")

    assert not shares_enough(len(traces(CALL) & other), traces(CALL))
    assert not traces("Thank you!")


# How often it is right: posts in their order, each judged by what was known when it was written.


@dataclass(frozen=True)
class Told:
    """A post with its topic, its verdict, and whether moderators had marked it."""

    topic: str
    is_marked: bool
    score: float


@dataclass(frozen=True)
class Written:
    """A post as the file has it, with phone numbers and addresses where the publisher took them out."""

    at: datetime
    topic: str
    author: str
    asker: str
    body: str
    is_marked: bool


def _written() -> Iterator[Written]:
    with (FORUM / "sumo-firefox-en.jsonl").open(encoding="utf-8") as lines:
        for topic in map(json.loads, lines):
            opening = {**topic, "body_markdown": f"{topic['title']}\n\n{topic['body_markdown']}"}
            for post in (opening, *topic["replies"]):
                body = post["body_markdown"].replace("[phone removed]", "1 800 555 0100")
                yield Written(
                    at=datetime.fromisoformat(post["created_at"]),
                    topic=str(topic["id"]),
                    author=post["author"],
                    asker=topic["author"],
                    body=body.replace("[email removed]", "someone@example.com"),
                    is_marked=bool(post.get("is_spam")),
                )


def _replayed() -> Iterator[Told]:
    said: defaultdict[int, list[datetime]] = defaultdict(list)
    linked: defaultdict[int, set[str]] = defaultdict(set)
    posts: Counter[str] = Counter()
    for post in sorted(_written(), key=lambda post: post.at):
        words, sites = traces(post.body), site_traces(post.body)
        shared = Counter(at for trace in words for at in said[trace] if post.at - at <= REPEATS_WITHIN)
        known = Circumstances(
            posts_before=posts[post.author],
            in_own_topic=post.author == post.asker,
            repeats=sum(shares_enough(number, words) for number in shared.values()),
            unknown_sites=sum(not linked[site] - {post.author} for site in sites),
        )
        yield Told(topic=post.topic, is_marked=post.is_marked, score=judge(post.body, known).score)
        posts[post.author] += 1
        for trace in words:
            said[trace].append(post.at)
        for site in sites:
            linked[site].add(post.author)


def _right(told: list[Told], threshold: float) -> tuple[int, int, int]:
    """Return how many it finds rightly, how many it finds, and how many there are."""
    found = [post for post in told if post.score >= threshold]
    return sum(post.is_marked for post in found), len(found), sum(post.is_marked for post in told)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not FORUM.is_dir(), reason="needs ../shared/data/forum")
def test_what_it_finds_on_the_other_half_is_spam() -> None:
    """The least threshold that is right in 95 of 100 cases on one half of the topics holds on the other."""
    halves: tuple[list[Told], list[Told]] = ([], [])
    for post in _replayed():
        halves[sha256(post.topic.encode()).digest()[-1] % 2].append(post)
    chosen = next(
        step / 20 for step in range(21) if (r := _right(halves[0], step / 20))[0] >= 0.95 * max(1, r[1])
    )

    right, found, marked = _right(halves[1], THRESHOLD)

    assert chosen == THRESHOLD
    assert right / found >= 0.95
    assert right / marked >= 0.4
