"""Made-up histories of accounts: what was planted in them is known."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from portal.health.model import Feature, Measure, Model, Saturating
from portal.health.rules import Evidence, Tally
from portal.health.validation.cases import Case, Mark, Outcome, Past, before_outcomes, observe
from tests.health.evidence import component, feature, model

START = date(2024, 1, 1)
CAUSE, POPULAR, LEAK, NOISE = "product.worked", "article.read", "product.invoice_paid", "topic.read"


@dataclass(frozen=True)
class Remembered:
    """A history made of marks."""

    told: Sequence[Mark] = field(default=())

    def marks(self) -> Sequence[Mark]:
        return self.told

    def evidence_on(self, model: Model, day: date) -> Evidence:
        return Evidence(
            seats=1,
            tallies=tuple(
                Tally(kind=mark.kind, day=mark.day, person=None, signals=mark.signals)
                for mark in self.told
                if mark.day <= day
            ),
        )


def counted(kind: str, name: str, scale: float = 5) -> Feature:
    """Make a feature that counts a kind of signal of the last two months."""
    return feature(Measure.COUNT, kind, name=name, curve=Saturating(scale), window_days=120, min_evidence=1)


DECOYS = model(
    component(counted(CAUSE, "cause"), counted(POPULAR, "popular", 50), name="honest"),
    component(counted(LEAK, "leak"), name="leaky"),
)


def past(
    name: str,
    outcome: Outcome,
    marks: Iterable[Mark],
    *,
    ended: date = START + timedelta(days=200),
    tier: str = "low",
) -> Past:
    """Make an account that began half a year before its outcome."""
    return Past(
        account=name,
        started_on=ended - timedelta(days=200),
        tier=tier,
        cohort=f"{ended:%Y}",
        outcome=outcome,
        outcome_on=ended,
        history=Remembered(list(marks)),
    )


def decoys(count: int = 600, *, seed: int = 5) -> list[Past]:
    """Plant a cause, a popular signal that has nothing to do with it, and one that was told afterwards.

    Who works little is lost more often. Everybody reads. Of the kept, an invoice was recorded a week after
    they renewed, dated back to before.
    """
    generator = np.random.default_rng(seed)
    pasts = []
    for number in range(count):
        ended = START + timedelta(days=200 + number)
        work = int(generator.poisson(6)) + 1
        is_lost = generator.random() < 1 / (1 + np.exp(0.7 * (work - 4)))
        told = [mark(CAUSE, ended, 95 + 5 * (turn % 4)) for turn in range(work)]
        told += [mark(POPULAR, ended, 100, signals=int(generator.integers(20, 80)))]
        told += [] if is_lost else [mark(LEAK, ended, 100, late=True)] * 3
        told += [mark(LEAK, ended, 110)] if generator.random() < 0.6 else []
        pasts.append(past(f"a{number}", Outcome.CHURNED if is_lost else Outcome.RENEWED, told, ended=ended))
    return pasts


def mark(kind: str, ended: date, days_before: int, *, signals: int = 1, late: bool = False) -> Mark:
    """Make signals of a day so long before the outcome, recorded then or a week after the outcome."""
    day = ended - timedelta(days=days_before)
    return Mark(kind=kind, day=day, recorded_on=ended + timedelta(days=7) if late else day, signals=signals)


def cases_of(pasts: Sequence[Past], *days: int, of: Model = DECOYS) -> list[Case]:
    """Observe accounts so many days before their outcome."""
    return [
        observe(of, question, by_sign_in=False) for each in days for question in before_outcomes(pasts, each)
    ]


Make = Callable[..., list[Past]]
