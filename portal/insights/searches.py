"""What the searches of help sessions teach: queries that led to something, and words that others meant."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Final

from portal.insights.help_sessions import HelpSession, Search
from portal.insights.rules import REFINED_WITHIN
from portal.search.analyzer import tokens
from portal.search.learning.rules import (
    LearnedQuery,
    Replacement,
    folded,
    may_be_remembered,
    most_frequent,
    replaced,
)

DAYS: Final = 180
"""How long ago a search may be to teach something; products and their words change."""

EXAMPLES: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Success:
    """A result that someone opened after a query, and whether it stayed open or helped."""

    text: str
    person: str
    account_id: int | None
    page: str
    is_read: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """A query of which nothing was opened, and the next within 60 s, which differs in one word or phrase.

    `has_helped` says whether something found by the next one was read.
    """

    before: str
    after: str
    words: str
    means: str
    person: str
    account_id: int | None
    has_helped: bool


def successes(session: HelpSession) -> Iterator[Success]:
    """Yield what was opened after each query of a session that may be remembered."""
    for search in session.searches:
        if search.opened and may_be_remembered(search.text):
            for opened in filter(attrgetter("subject"), search.opened):
                yield Success(
                    text=search.text,
                    person=session.person,
                    account_id=session.account_id,
                    page=opened.subject or "",
                    is_read=search.was_read(opened),
                )


def retries(session: HelpSession) -> Iterator[Retry]:
    """Yield the queries of a session that were put in other words."""
    for before, after in _followed(session.searches):
        pair = replaced(before.text, after.text)
        if pair and all(map(may_be_remembered, (before.text, after.text))):
            yield Retry(
                before=before.text,
                after=after.text,
                words=folded(pair[0]),
                means=folded(pair[1]),
                person=session.person,
                account_id=session.account_id,
                has_helped=any(map(after.was_read, after.opened)),
            )


def _followed(searches: Sequence[Search]) -> Iterator[tuple[Search, Search]]:
    for before, after in pairwise(searches):
        if not before.opened and after.event.occurred_at - before.event.occurred_at <= REFINED_WITHIN:
            yield before, after


def learned_queries(found: Iterable[Success]) -> list[LearnedQuery]:
    """Sum up the successes by query, in the order of letters."""
    by_query: defaultdict[str, list[Success]] = defaultdict(list)
    for success in found:
        by_query[folded(success.text)].append(success)
    return [_learned(query, by_query[query]) for query in sorted(by_query)]


def _learned(query: str, found: Sequence[Success]) -> LearnedQuery:
    return LearnedQuery(
        folded=query,
        text=most_frequent(Counter(success.text for success in found)),
        account_ids={success.account_id for success in found},
        pages={success.page for success in found},
        people=len({success.person for success in found}),
        readers=len({success.person for success in found if success.is_read}),
    )


def replacements(tried: Iterable[Retry]) -> list[Replacement]:
    """Sum up what words were replaced by, as far as it is worth proposing, the surest first.

    Words are known by their tokens, so that "tag" and "tags" are one.
    """
    by_words: defaultdict[str, list[Retry]] = defaultdict(list)
    for retry in tried:
        by_words[_key(retry.words)].append(retry)
    found = [one for rows in by_words.values() for one in _replacements(rows) if one.is_enough]
    return sorted(found, key=lambda one: (-one.evidence, one.key))


def _key(words: str) -> str:
    return " ".join(tokens(words))


def _replacements(rows: Sequence[Retry]) -> Iterator[Replacement]:
    """Yield what the same words were replaced by with success."""
    by_means: defaultdict[str, list[Retry]] = defaultdict(list)
    for retry in rows:
        if retry.has_helped:
            by_means[_key(retry.means)].append(retry)
    for means, helped in by_means.items():
        examples = Counter((retry.before, retry.after) for retry in helped)
        yield Replacement(
            key=f"{_key(rows[0].words)}\n{means}",
            words=most_frequent(Counter(retry.words for retry in helped)),
            means=most_frequent(Counter(retry.means for retry in helped)),
            people=len({retry.person for retry in helped}),
            accounts=len({retry.account_id for retry in helped}),
            tried=len({retry.person for retry in rows}),
            examples=sorted(examples, key=lambda pair: (-examples[pair], pair))[:EXAMPLES],
        )
