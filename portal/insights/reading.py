"""A figure as read from the ledger: its numbers, and the ids of the rows that they count."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.statistics import Rate
from portal.insights.catalogue import figures_in
from portal.insights.definition import Figure, RowKind
from portal.insights.figures import LowerBound, PerSeat, Result, Total, Waiting
from portal.insights.queries import Ledger
from portal.insights.rules import Counted, Mean, Ratio


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """What a figure says; None for what it does not have.

    `value` is a count, a ratio, a mean or a median in hours; `low` and `high` end the 95 % interval of the
    share or of the median; `ninetieth` is the 90th percentile in hours.
    """

    numerator: int | None = None
    denominator: int | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    value: float | None = None
    ninetieth: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Some of the rows behind a figure."""

    name: str
    kind: RowKind
    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A figure with its result."""

    figure: Figure
    result: Result

    @property
    def numbers(self) -> Numbers:
        """The numbers of the result, whatever its sort."""
        match self.result:
            case Counted(rate=rate):
                return Numbers(
                    numerator=rate.numerator,
                    denominator=rate.denominator,
                    share=rate.share,
                    low=rate.interval.low,
                    high=rate.interval.high,
                    value=self.result.value if isinstance(self.result, LowerBound) else None,
                )
            case Ratio(value=value, numerator_ids=above, denominator_ids=below) as ratio:
                count = ratio.seats if isinstance(ratio, PerSeat) else len(below)
                return Numbers(numerator=len(above), denominator=count, value=value)
            case Waiting(curve=curve, numerator_ids=answered, denominator_ids=asked):
                median, ninetieth = curve.quantile(0.5), curve.quantile(0.9)
                return Numbers(
                    numerator=len(answered),
                    denominator=len(asked),
                    value=median.value,
                    low=median.low,
                    high=median.high,
                    ninetieth=ninetieth.value,
                )
            case Mean(value=value, ids=ids):
                return Numbers(denominator=len(ids), value=value)
            case Total(value=value):
                return Numbers(value=value)

    @property
    def rate(self) -> Rate | None:
        """The rate to show with its interval; None for figures of another sort."""
        match self.result:
            case LowerBound():
                return None
            case Counted(rate=rate):
                return rate
            case _:
                return None

    @property
    def is_empty(self) -> bool:
        """Whether there is no row at all."""
        return not any(part.ids for part in self.parts)

    @property
    def too_few(self) -> bool:
        """Whether so few cases stand behind it that only the counts should be shown."""
        match self.result:
            case Total():
                return False
            case Counted(rate=rate):
                return rate.too_few
            case result:
                return result.too_few

    @property
    def parts(self) -> tuple[Part, ...]:
        """The rows in parts that have none in common; those of a rate together are its denominator."""
        kind = self.figure.rows[0]
        match self.result:
            case (
                Counted(numerator_ids=above, denominator_ids=below)
                | Waiting(numerator_ids=above, denominator_ids=below)
            ):
                counted = set(above)
                others = tuple(row_id for row_id in below if row_id not in counted)
                return (
                    Part(name="counted", kind=kind, ids=above),
                    Part(name="others", kind=kind, ids=others),
                )
            case Ratio(numerator_ids=above, denominator_ids=below):
                names = ("people", "accounts") if kind is RowKind.PERSON else ("sessions", "requests")
                return tuple(
                    Part(name=name, kind=kind, ids=ids)
                    for name, kind, ids in zip(names, self.figure.rows, (above, below), strict=True)
                )
            case Mean(ids=ids):
                return (Part(name="all", kind=kind, ids=ids),)
            case Total(parts=parts):
                return tuple(Part(name=name, kind=kind, ids=ids) for name, ids in parts)


def read(figure: Figure, ledger: Ledger) -> Reading:
    """Read one figure."""
    return Reading(figure=figure, result=figure.measure(ledger))


def read_all(ledger: Ledger, *, language: str | None = None) -> Sequence[Reading]:
    """Read every figure that can be told for one language, or for all."""
    return [read(figure, ledger) for figure in figures_in(language)]
