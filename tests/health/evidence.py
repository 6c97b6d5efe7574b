"""Made-up models and ledgers for the tests of scores."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from hypothesis import strategies as st

from portal.health.model import Component, Feature, Linear, Measure, Model, Saturating
from portal.health.rules import Evidence, Tally

AS_OF: Final = date(2026, 11, 20)  # A Friday.
KINDS: Final = ("article.read", "question.asked", "request.opened", "product.printed", "product.sent")


def feature(
    measure: Measure, *kinds: str, name: str = "it", of: tuple[str, ...] = (), **more: object
) -> Feature:
    """Make a feature that reads its raw number, up to 1, as its value."""
    settings = {"curve": Linear(1), "weight": 1} | more
    return Feature(name=name, label_en="It", label_ja="それ", measure=measure, kinds=kinds, of=of, **settings)  # type: ignore[arg-type]


def component(*features: Feature, name: str = "side", weight: float = 1) -> Component:
    """Make a component."""
    return Component(name=name, label_en="Side", label_ja="側面", weight=weight, features=features)


def model(*components: Component) -> Model:
    """Make a model with the usual bands."""
    return Model(version="v0", watch_from=40, healthy_from=70, components=components)


def tally(kind: str, *, days_ago: int = 0, person: int | None = None, signals: int = 1) -> Tally:
    """Make a tally of so many days before the day of the test."""
    someone = None if person is None else f"user:{person}"
    return Tally(kind=kind, day=AS_OF - timedelta(days=days_ago), person=someone, signals=signals)


def evidence(
    *tallies: Tally, seats: int = 1, required: int = 0, completed: int = 0, due: int = 0
) -> Evidence:
    """Make what is known of an account."""
    return Evidence(
        seats=seats, tallies=tallies, steps_required=required, steps_completed=completed, steps_due=due
    )


_spans = st.none() | st.floats(0.5, 400)
_curves = st.builds(Saturating, st.floats(0.01, 50)) | st.builds(Linear, st.floats(0.01, 50))
_weights = st.integers(1, 50) | st.floats(0.001, 50)
_kinds = st.lists(st.sampled_from([*KINDS, "product.*"]), min_size=1, max_size=3).map(tuple)


_DECAYING = (Measure.COUNT, Measure.DISTINCT_PEOPLE, Measure.SHARE)
_COUNTING = (Measure.COUNT, Measure.DISTINCT_PEOPLE)


def _windows(measure: Measure) -> st.SearchStrategy[float | None]:
    if measure is Measure.RECENCY_DAYS:
        return st.none()
    return st.floats(0.5, 400) if measure is Measure.TREND else _spans


def features(*measures: Measure) -> st.SearchStrategy[Feature]:
    """Features of some measures, with any settings."""
    return st.sampled_from(measures).flatmap(
        lambda measure: st.builds(
            Feature,
            name=st.just("feature"),
            label_en=st.just("Feature"),
            label_ja=st.just("特徴"),
            measure=st.just(measure),
            kinds=_kinds,
            of=_kinds if measure is Measure.SHARE else st.just(()),
            window_days=_windows(measure),
            half_life_days=_spans if measure in _DECAYING else st.none(),
            per_seat=st.booleans() if measure in _COUNTING else st.just(False),
            curve=_curves,
            weight=_weights,
            min_evidence=st.integers(1, 3),
        )
    )


def models(*measures: Measure) -> st.SearchStrategy[Model]:
    """Models of one to three components with up to three features of some measures."""
    sides = st.tuples(st.lists(features(*measures), min_size=1, max_size=3), _weights)
    return st.lists(sides, min_size=1, max_size=3).map(
        lambda sides: model(*(_side(place, *side) for place, side in enumerate(sides)))
    )


def _side(place: int, parts: list[Feature], weight: float) -> Component:
    named = (replace(part, name=f"feature_{number}") for number, part in enumerate(parts))
    return component(*named, name=f"side_{place}", weight=weight)


def tallies(*, youngest: int = 0) -> st.SearchStrategy[list[Tally]]:
    """Tallies of up to 500 days before the day; a negative `youngest` allows later ones."""
    return st.lists(
        st.builds(
            tally,
            st.sampled_from(KINDS),
            days_ago=st.integers(youngest, 500),
            person=st.none() | st.integers(0, 5),
            signals=st.integers(1, 3),
        ),
        max_size=12,
    )


def ledgers(*, youngest: int = 0) -> st.SearchStrategy[Evidence]:
    """What may be known of an account."""
    return st.builds(
        lambda known, seats, required, completed, due: evidence(
            *known, seats=seats, required=required, completed=min(completed, required), due=min(due, required)
        ),
        tallies(youngest=youngest),
        st.integers(0, 20),
        st.integers(0, 6),
        st.integers(0, 6),
        st.integers(0, 6),
    )
