"""Who is likely to know, how one may be asked, and how long a question waits: pure arithmetic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from portal.accounts.models import TouchTier
from portal.notifications.restraint import QuietHours

MOST_INVITED: Final = 5
"""How many people are asked for one question, those who declined not counted.

Source: a judgment. It is as many as can be read at a glance, and few enough for each to feel meant.
"""

MOST_A_WEEK: Final = 3
"""How many questions reach one person in any seven days, unless they want fewer.

Source: a judgment. One every other working day is a favour; a daily one is unpaid work, and people who are
good at it would leave.
"""

NEAREST: Final = 50
"""How many topics are compared with a question: what comes later in a search is not like it any more."""

LEAST: Final = 0.3
"""How near a solved question has to be to count as similar, 0…1.

Source: that of related articles, where less meant that only the words of the trade are shared.
"""

TAGS_WEIGHT: Final = 0.5
"""How near a topic is that shares all tags of a question and no word, 0…1.

Source: a judgment. A tag names a part of the product, not the problem.
"""

HALF_LIFE: Final = timedelta(days=180)
"""After how long a solution says half as much about who knows.

Source: a judgment. A product changes, and people change their work, within a year.
"""

ESCALATED_AFTER: Final[Mapping[TouchTier, timedelta]] = {
    TouchTier.HIGH: timedelta(hours=4),
    TouchTier.LOW: timedelta(hours=24),
    TouchTier.TECH: timedelta(hours=72),
}
"""How long a question of an account waits for an answer before it is brought to staff.

Source: a judgment. High touch promises half a working day; low touch the next day; tech touch lives on peer
help, to which it leaves a weekend.
"""

LOOKED_BACK: Final = timedelta(days=30)
"""How old a question may be that is brought to staff, so that an import brings no flood."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """Whether a person can be asked, how often in seven days, and when not."""

    takes_part: bool = True
    most_a_week: int = MOST_A_WEEK
    quiet: QuietHours = field(default_factory=QuietHours)


def nearness(by_words: float, by_tags: float) -> float:
    """Return how near a topic is, 0…1, given how near its words are and which share of the tags it has.

    Source: the noisy or of Pearl, J. (1988), Probabilistic Reasoning in Intelligent Systems, section 4.3.2.
    """
    return 1 - (1 - by_words) * (1 - TAGS_WEIGHT * by_tags)


def freshness(age: timedelta) -> float:
    """Return what a solution of an age still says, 0…1."""
    return float(0.5 ** (max(age, timedelta()) / HALF_LIFE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Solution:
    """A person's answer was accepted in a topic, at a time."""

    user_id: int
    topic_id: int
    at: datetime


def ranked(
    solutions: Iterable[Solution], near: Mapping[int, float], *, now: datetime
) -> Mapping[int, Sequence[int]]:
    """Return who solved topics like a question, the likeliest to know first, with these, the nearest first.

    `near` says how near topics are. A person's weight is the sum, over the topics that they solved, of how
    near each is and how fresh the solution: similarity times number of solutions.

    Source: model 2 of Balog, K., Azzopardi, L. and de Rijke, M. (2006), Formal models for expert finding in
    enterprise corpora, SIGIR '06, 43-50: a person knows what the documents tied to them are about.
    """
    weights: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for one in solutions:
        if near.get(one.topic_id, 0.0) >= LEAST:
            weight = near[one.topic_id] * freshness(now - one.at)
            mine = weights[one.user_id]
            mine[one.topic_id] = max(weight, mine.get(one.topic_id, 0.0))
    order = sorted(weights, key=lambda user_id: (-sum(weights[user_id].values()), user_id))
    return {key: sorted(weights[key], key=lambda topic_id: (-near[topic_id], topic_id)) for key in order}
