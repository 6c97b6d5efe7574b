"""Writes to what staff decide about search; all of it holds at once, in every process."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import revisions
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.search.curation import queries
from portal.search.curation.models import SearchPin, SearchSynonym
from portal.search.curation.policies import may_curate
from portal.search.curation.rules import MOST_PINS, Rule, Rulebook, said
from portal.search.parsing import ParsedQuery, parse


def add_synonym(
    session: Session, *, actor: Actor, words: str, means: str, is_both_ways: bool, now: datetime
) -> SearchSynonym:
    """Let words mean others too and, both ways, the others them.

    Raises:
        ForbiddenError: the actor may not curate.
        InvalidError: a side says nothing to search, both say the same, or there is such a rule already.
    """
    _check(actor)
    rule = _rulebook(session).add(Rule(words, means, is_both_ways))
    synonym = SearchSynonym(**rule._asdict())
    _note(session, synonym, actor, now)
    session.flush()
    return synonym


def add_synonyms(session: Session, *, actor: Actor, rules: Iterable[Rule], now: datetime) -> int:
    """Add rules, all or none, but for those there are already; return how many are new.

    Raises:
        ForbiddenError: the actor may not curate.
        InvalidError: a rule cannot be used; the message says which.
    """
    _check(actor)
    rulebook, count = _rulebook(session), 0
    for rule in rules:
        if rule not in rulebook:
            try:
                kept = rulebook.add(rule)
            except InvalidError as error:
                message = N_("Nothing was added, as this line cannot be used: %(words)s → %(means)s")
                raise InvalidError(message, field="file", words=rule.words, means=rule.means) from error
            _note(session, SearchSynonym(**kept._asdict()), actor, now)
            count += 1
    return count


def update_synonym(
    session: Session,
    *,
    actor: Actor,
    synonym_id: int,
    words: str,
    means: str,
    is_both_ways: bool,
    now: datetime,
) -> SearchSynonym:
    """Let a rule say something else.

    Raises:
        NotFoundError: no such rule that the actor may change.
        InvalidError: a side says nothing to search, both say the same, or there is such a rule already.
    """
    synonym = queries.synonym_for(session, actor, synonym_id)
    rule = _rulebook(session, besides=synonym_id).add(Rule(words, means, is_both_ways))
    synonym.words, synonym.means, synonym.is_both_ways = rule
    _note(session, synonym, actor, now)
    return synonym


def remove_synonym(session: Session, *, actor: Actor, synonym_id: int, now: datetime) -> None:
    """Let a rule hold no more.

    Raises:
        NotFoundError: no such rule that the actor may change.
    """
    queries.synonym_for(session, actor, synonym_id).removed_at = now
    revisions.bump(session, queries.PART)


def restore_synonym(session: Session, *, actor: Actor, synonym_id: int) -> None:
    """Let a rule that was removed hold again.

    Raises:
        NotFoundError: no such rule that the actor may change.
        ConflictError: another one took its place.
    """
    synonym = queries.synonym_for(session, actor, synonym_id)
    rule = Rule(synonym.words, synonym.means, synonym.is_both_ways)
    try:
        _rulebook(session, besides=synonym_id).add(rule)
    except InvalidError as error:
        raise ConflictError(N_("Another rule has taken its place meanwhile.")) from error
    synonym.removed_at = None
    revisions.bump(session, queries.PART)


def _rulebook(session: Session, *, besides: int | None = None) -> Rulebook:
    """Return the rules that stand, besides one that is to change."""
    return Rulebook(
        Rule(one.words, one.means, one.is_both_ways)
        for one in queries.standing_synonyms(session)
        if one.id != besides
    )


def add_pin(
    session: Session, *, actor: Actor, query: str, language: str | None, group: str, now: datetime
) -> SearchPin:
    """Let a result stand first for a query, after those that do; for readers of a language, or of any.

    Raises:
        ForbiddenError: the actor may not curate.
        InvalidError: the query says nothing to search, the result is pinned to it already or gone, or enough
            are pinned to it.
    """
    _check(actor)
    query = _plain(query)
    if not queries.texts_of(session, [group]):
        raise InvalidError(N_("This result is gone. Choose another one."), field="group")
    pin = SearchPin(query=query, language=language, group=group, place=0)
    pin.place = len(_room_beside(session, pin)) + 1
    _note(session, pin, actor, now)
    session.flush()
    return pin


def update_pin(
    session: Session,
    *,
    actor: Actor,
    pin_id: int,
    query: str,
    language: str | None,
    place: int,
    now: datetime,
) -> SearchPin:
    """Pin a result to another query, for readers of another language, or at another place from 1.

    Raises:
        NotFoundError: no such pin that the actor may change.
        InvalidError: the query says nothing to search, the result is pinned to it already, or enough are.
    """
    pin = queries.pin_for(session, actor, pin_id)
    pin.query, pin.language = _plain(query), language
    others = _room_beside(session, pin)
    others.insert(place - 1, pin)
    for number, one in enumerate(others, start=1):
        one.place = number
    _note(session, pin, actor, now)
    return pin


def remove_pin(session: Session, *, actor: Actor, pin_id: int, now: datetime) -> None:
    """Let a result stand where it is found.

    Raises:
        NotFoundError: no such pin that the actor may change.
    """
    queries.pin_for(session, actor, pin_id).removed_at = now
    revisions.bump(session, queries.PART)


def restore_pin(session: Session, *, actor: Actor, pin_id: int) -> None:
    """Let a result that was pinned stand first again, where it stood.

    Raises:
        NotFoundError: no such pin that the actor may change.
        ConflictError: another one took its place.
    """
    pin = queries.pin_for(session, actor, pin_id)
    try:
        _room_beside(session, pin)
    except InvalidError as error:
        raise ConflictError(N_("Another pin has taken its place meanwhile.")) from error
    pin.removed_at = None
    revisions.bump(session, queries.PART)


def _plain(query: str) -> str:
    query = said(query, field="query")
    if parse(query) != ParsedQuery(text=query):
        message = N_("Pin to plain words: leave out quotes, minus signs, in:, by: and tag:.")
        raise InvalidError(message, field="query")
    return query


def _room_beside(session: Session, pin: SearchPin) -> list[SearchPin]:
    """Return the other pins of the same query and language, in order.

    Raises:
        InvalidError: one is of the same result, or they are enough.
    """
    asked = queries.asked_by(pin.query)
    others = [
        other
        for other in queries.standing_pins(session)
        if other is not pin and other.language == pin.language and queries.asked_by(other.query) == asked
    ]
    if any(other.group == pin.group for other in others):
        raise InvalidError(N_("It is pinned to this query already."), field="query")
    if len(others) >= MOST_PINS:
        message = N_("%(most)d results are pinned to this query. Remove one first.")
        raise InvalidError(message, field="query", most=MOST_PINS)
    return others


def _check(actor: Actor) -> None:
    if not may_curate(actor):
        raise ForbiddenError("curate search")


def _note(session: Session, row: SearchPin | SearchSynonym, actor: Actor, now: datetime) -> None:
    """Keep a row and who changed it, and let every process read again what holds."""
    row.changed_at, row.changed_by_id = now, actor.user_id
    session.add(row)
    revisions.bump(session, queries.PART)
