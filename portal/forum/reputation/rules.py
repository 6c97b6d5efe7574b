"""How outcomes become points, points a level, and what each level opens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portal.accounts.actors import Actor, Level
from portal.forum.models import TopicKind

POINTS_FOR_SOLUTION: Final = 15
POINTS_FOR_REPLY_VOTE: Final = 10
POINTS_FOR_TOPIC_VOTE: Final = 5
"""Source: Stack Overflow's scheme; a question gave 5 there until November 2019, as answers help."""

QUICK: Final = timedelta(hours=1)
OLD: Final = timedelta(days=30)
HIDING_WEIGHT: Final = 6
"""From which weight of its flags on a post is hidden. Source: Discourse's three, of members."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """A level: what it takes in points and solutions, and what it opens.

    `most_links` is how many links to other sites a post may have; None for as many as one likes.
    """

    level: Level
    points: int
    accepted: int
    most_links: int | None
    posts_an_hour: int
    posts_a_day: int
    flag_weight: int


LADDER: Final = (
    Rung(
        level=Level.NEWCOMER,
        points=0,
        accepted=0,
        most_links=2,  # Source: what Discourse allows new people.
        posts_an_hour=10,  # Source: 13 posts on the first day in Discourse, as most come within an hour.
        posts_a_day=20,
        flag_weight=1,
    ),
    Rung(
        level=Level.MEMBER,
        points=10,  # Source: where Stack Overflow takes off what holds for new people.
        accepted=0,
        most_links=None,
        posts_an_hour=60,  # One a minute is what a person can write.
        posts_a_day=200,
        flag_weight=2,
    ),
    Rung(
        level=Level.HELPER,
        points=100,
        accepted=5,  # Source: what makes a core contributor in the community's figures.
        most_links=None,
        posts_an_hour=60,
        posts_a_day=300,
        flag_weight=3,
    ),
    Rung(
        level=Level.GUIDE,
        points=500,  # Source: where Stack Overflow opens its review queues.
        accepted=25,
        most_links=None,
        posts_an_hour=60,
        posts_a_day=400,
        flag_weight=5,
    ),
)
"""Every level, the first one first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A post that stands, as far as it counts; `votes` are those of strangers.

    A stranger is another person, of another account. `is_answer` says that it replies to a stranger's
    question, `is_solution` that it solved it, `is_welcome` that it was their first. `waited` is how long
    after the topic it was written.
    """

    kind: TopicKind
    is_opening: bool
    is_answer: bool
    is_solution: bool
    is_welcome: bool
    is_shipped: bool
    language: str
    waited: timedelta
    votes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a person's posts come to; each is a count, and `best_votes` the most votes for one answer."""

    topics: int
    questions: int
    stories: int
    shipped: int
    answers: int
    quick_answers: int
    welcomes: int
    languages: int
    accepted: int
    late_solutions: int
    best_votes: int
    reply_votes: int
    topic_votes: int

    @property
    def votes(self) -> int:
        """How many votes of strangers there are for any post."""
        return self.reply_votes + self.topic_votes

    @property
    def points(self) -> int:
        """What they are worth."""
        return (
            POINTS_FOR_SOLUTION * self.accepted
            + POINTS_FOR_REPLY_VOTE * self.reply_votes
            + POINTS_FOR_TOPIC_VOTE * self.topic_votes
        )


def facts_of(works: Iterable[Work]) -> Facts:
    """Count what a person's posts come to."""
    posts = tuple(works)
    openings = [post for post in posts if post.is_opening]
    answers = [post for post in posts if post.is_answer]
    solutions = [post for post in answers if post.is_solution]
    return Facts(
        topics=len(openings),
        questions=sum(post.kind is TopicKind.QUESTION for post in openings),
        stories=sum(post.kind in {TopicKind.REVIEW, TopicKind.USE_CASE} for post in openings),
        shipped=sum(post.is_shipped for post in openings),
        answers=len(answers),
        quick_answers=sum(post.waited <= QUICK for post in answers),
        welcomes=sum(post.is_welcome for post in answers),
        languages=len({post.language for post in answers}),
        accepted=len(solutions),
        late_solutions=sum(post.waited > OLD for post in solutions),
        best_votes=max((post.votes for post in answers), default=0),
        reply_votes=sum(post.votes for post in posts if not post.is_opening),
        topic_votes=sum(post.votes for post in openings),
    )


def rung_of(points: int, accepted: int) -> Rung:
    """Return the highest level that so many points and solutions reach."""
    return [rung for rung in LADDER if points >= rung.points and accepted >= rung.accepted][-1]


def rung_for(actor: Actor) -> Rung:
    """Return what is open to an actor; staff stand on the highest level."""
    return LADDER[-1] if actor.is_staff else LADDER[actor.level]


def wait_of(written: Sequence[datetime], rung: Rung, *, now: datetime) -> timedelta | None:
    """Return how long someone has to wait who wrote at these times, the latest first; None if not at all."""
    windows = ((timedelta(hours=1), rung.posts_an_hour), (timedelta(days=1), rung.posts_a_day))
    waits = [written[most - 1] + window - now for window, most in windows if len(written) >= most]
    return max((wait for wait in waits if wait > timedelta()), default=None)
