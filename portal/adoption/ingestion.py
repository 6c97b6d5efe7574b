"""Facts that other systems report: recorded, kept until it is certain whose they are, or refused.

Identity is certain or absent: an unknown account or address is never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.adoption.matching import queries, service
from portal.adoption.matching.directory import Match, directory_of
from portal.adoption.reports import Correction, Report, read_item
from portal.adoption.service import BATCH, Fact, record
from portal.core.batches import batches
from portal.core.errors import InvalidError
from portal.core.i18n import N_


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """How many reports are new in the ledger and how many were known, and why others, by index, were refused.

    `unmatched` counts those that are kept and wait, as their account or person is unknown; they are not among
    the accepted ones. A correction that took something back is accepted.
    """

    accepted: int
    duplicate: int
    rejected: tuple[tuple[int, str], ...]
    unmatched: int = 0


def ingest(session: Session, items: Sequence[object], *, source: str, now: datetime) -> Ingested:
    """Record every item that can be used, whatever the others are; telling it again changes nothing.

    Facts are written in the order of their keys, and corrections after all of them, in that of what they
    correct: calls that overlap wait for each other in turn.
    """
    reports: list[Report] = []
    corrections: list[tuple[int, Correction]] = []
    rejected: list[tuple[int, str]] = []
    for index, item in enumerate(items):
        try:
            read = read_item(item, now=now)
        except InvalidError as error:
            rejected.append((index, str(error)))
        else:
            if isinstance(read, Report):
                reports.append(read)
            else:
                corrections.append((index, read))
    reports.sort(key=lambda report: report.key)
    accepted, unmatched = _take_in(session, reports, source=source, now=now)
    taken, unknown = _take_back(session, corrections, source=source, now=now)
    told = len(items) - len(rejected) - len(unknown)
    return Ingested(
        accepted=accepted + taken,
        duplicate=told - accepted - unmatched - taken,
        rejected=tuple(sorted(rejected + unknown)),
        unmatched=unmatched,
    )


def _take_in(session: Session, reports: Sequence[Report], *, source: str, now: datetime) -> tuple[int, int]:
    """Record facts, then keep the others; return how many are new in the ledger, and how many wait."""
    accepted = waiting = 0
    others: list[tuple[Report, Match]] = []
    for some in batches(reports, BATCH):
        direct, rest = _sorted_out(session, some, source=source)
        accepted += len(record(session, direct, now=now))
        others += rest
    for unclear in batches(others, BATCH):
        kept = service.keep(session, unclear, source=source, now=now)
        accepted += kept.matched
        waiting += kept.waiting
    return accepted, waiting


def _sorted_out(
    session: Session, reports: Sequence[Report], *, source: str
) -> tuple[list[Fact], list[tuple[Report, Match]]]:
    """Return, of what is not kept yet, the facts that are certain by themselves, and the others."""
    directory = directory_of(session, [(report.account, report.user) for report in reports])
    known = queries.known_keys(session, [report.key for report in reports], source=source)
    direct: list[Fact] = []
    others: list[tuple[Report, Match]] = []
    for report in reports:
        if report.key in known:
            continue
        match = directory.find(report.account, report.user)
        if match.is_direct:
            direct.append(service.fact_of(report, match, source=source))
        else:
            others.append((report, match))
    return direct, others


def _take_back(
    session: Session, corrections: Sequence[tuple[int, Correction]], *, source: str, now: datetime
) -> tuple[int, list[tuple[int, str]]]:
    """Take facts back; return how many counted or waited until now, and which corrections know no fact."""
    reasons: dict[str, str] = {}
    for _index, correction in corrections:
        reasons.setdefault(correction.voids, correction.reason)
    known = service.take_back(session, reasons, source=source, now=now) if reasons else {}
    return sum(known.values()), [
        (index, _unknown(correction.voids))
        for index, correction in corrections
        if correction.voids not in known
    ]


def _unknown(key: str) -> str:
    return str(InvalidError(N_("there is no signal with the key %(key)s"), key=key))
