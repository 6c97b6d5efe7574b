"""Snippets: who may change them, which articles use them, and their texts put in place."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, defer

from portal.accounts.actors import Actor
from portal.content import snippets
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.events import SnippetChanged
from portal.knowledge import policies
from portal.knowledge.models import Translation
from portal.knowledge.snippets.models import Snippet

LONGEST_BODY: Final = 5_000


def snippets_for(session: Session, actor: Actor) -> Sequence[Snippet]:
    """Return all snippets by name; none to whoever may not write."""
    if not policies.may_write(actor):
        return ()
    return session.scalars(select(Snippet).order_by(Snippet.name)).all()


def snippet_for(session: Session, actor: Actor, snippet_id: int) -> Snippet:
    """Return one snippet.

    Raises:
        NotFoundError: no such snippet, or the actor may not write.
    """
    snippet = session.get(Snippet, snippet_id) if policies.may_write(actor) else None
    if snippet is None:
        raise NotFoundError("snippet")
    return snippet


def using(name: str) -> Select[Translation]:
    """Select the texts that use a snippet, in order of their ids."""
    return (
        select(Translation)
        .where(Translation.body.contains(snippets.use_of(name), autoescape=True))
        .order_by(Translation.id)
    )


def uses_for(session: Session, actor: Actor, snippet: Snippet) -> Sequence[Translation]:
    """Return the texts, with their articles, that use a snippet; none to whoever may not write."""
    if not policies.may_write(actor):
        return ()
    unread = (Translation.body, Translation.body_html, Translation.body_text, Translation.headings)
    texts = using(snippet.name).join(Translation.article).options(contains_eager(Translation.article))
    return session.scalars(texts.options(*(defer(column, raiseload=True) for column in unread))).all()


def counts_for(session: Session, actor: Actor) -> Mapping[str, int]:
    """Return how many texts use each name, those without a snippet included; nothing if one may not write."""
    if not policies.may_write(actor):
        return {}
    bodies = session.scalars(select(Translation.body).where(Translation.body.contains("{{snippet:")))
    return Counter(name for body in bodies for name in snippets.names(body))


def expanded(session: Session, body: str, language: str) -> str:
    """Return a text with its snippets in place; a name without a snippet stays as it was written."""
    names = snippets.names(body)
    if not names:
        return body
    found = session.scalars(select(Snippet).where(Snippet.name.in_(names)))
    return snippets.expand(body, {snippet.name: snippet.body(language) for snippet in found})


def add_snippet(session: Session, *, actor: Actor, name: str, bodies: Mapping[str, str]) -> Snippet:
    """Add a snippet; texts that used its name already say what it says from now on.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: the name cannot be one or is taken, or there is no text.
    """
    if not policies.may_write(actor):
        raise ForbiddenError("write snippets")
    if re.fullmatch(snippets.NAME, name) is None:
        message = N_("Use small letters, digits and hyphens, such as refund-days.")
        raise InvalidError(message, field="name")
    if session.scalar(select(Snippet.id).where(Snippet.name == name)) is not None:
        raise InvalidError(N_("There is one of this name already."), field="name")
    snippet = Snippet(name=name)
    session.add(snippet)
    _say(session, snippet, bodies)
    return snippet


def update_snippet(session: Session, *, actor: Actor, snippet_id: int, bodies: Mapping[str, str]) -> Snippet:
    """Let a snippet say something else; the articles that use it follow in the background.

    Raises:
        NotFoundError: no such snippet that the actor may write.
        InvalidError: there is no text.
    """
    snippet = snippet_for(session, actor, snippet_id)
    _say(session, snippet, bodies)
    return snippet


def _say(session: Session, snippet: Snippet, bodies: Mapping[str, str]) -> None:
    snippet.bodies = said(bodies)
    session.flush()
    outbox.record(session, SnippetChanged(snippet_id=snippet.id))


def said(bodies: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that say something, by language.

    Raises:
        InvalidError: none does.
    """
    kept = {language: body.strip() for language, body in bodies.items() if body.strip()}
    if not kept:
        raise InvalidError(N_("Write it in one language at least."), field="body")
    return kept


def remove_snippet(session: Session, *, actor: Actor, snippet_id: int) -> None:
    """Forget a snippet that no text uses.

    Raises:
        NotFoundError: no such snippet that the actor may write.
        ConflictError: a text uses it.
    """
    snippet = snippet_for(session, actor, snippet_id)
    if session.scalars(using(snippet.name).limit(1)).first() is not None:
        raise ConflictError(N_("An article uses this snippet. Take it out there first."))
    session.delete(snippet)
