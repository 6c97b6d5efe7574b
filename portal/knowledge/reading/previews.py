"""Through whose eyes staff may look at the knowledge base, and why someone does not see an article."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import VISITOR, Actor, Role
from portal.accounts.audience import includes
from portal.core.errors import NotFoundError
from portal.knowledge.models import Article, ArticleStatus
from portal.web.numbers import LARGEST_ROW

ANYONE: Final = "visitor"
SIGNED_IN: Final = "signed-in"
NOBODY: Final = 0
"""A number that no person has: what is read under it is nobody's, and nothing can be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Someone through whose eyes staff look; `key` names them in an address."""

    key: str
    actor: Actor

    @property
    def words(self) -> str:
        """Say whose view this is."""
        words: str
        if self.actor.has_account:
            name, plan = self.actor.name, self.actor.plan
            words = _("This is what people of %(account)s see (plan: %(plan)s).", account=name, plan=plan)
        elif self.actor.is_signed_in:
            words = _("This is what everyone sees who is signed in, whatever their account.")
        else:
            words = _("This is what visitors see, who are not signed in.")
        return words


def reader_of(session: Session, actor: Actor, key: str) -> Reader:
    """Return the reader that staff ask for: a visitor, someone signed in, or an account by its number.

    Raises:
        NotFoundError: no such reader, or an account that the actor may not see.
    """
    if key == ANYONE:
        return Reader(key=key, actor=VISITOR)
    if key == SIGNED_IN:
        return Reader(key=key, actor=Actor(user_id=NOBODY, role=Role.CUSTOMER))
    if not key.isdecimal() or int(key) > LARGEST_ROW:
        raise NotFoundError("reader")
    account = accounts.account_for(session, actor, int(key))
    member = Actor(
        user_id=NOBODY, role=Role.CUSTOMER, account_id=account.id, plan=account.plan, name=account.name
    )
    return Reader(key=key, actor=member)


def reasons_against(article: Article, reader: Reader, names: Mapping[int, str]) -> Iterator[str]:
    """Yield why a reader does not see an article; `names` are those of all accounts, by id."""
    if article.merged_into_id is not None:
        yield _("Another article took it over, and they do not see that one.")
        return
    statuses = {text.status for text in article.translations}
    if ArticleStatus.PUBLISHED not in statuses:
        archived = statuses == {ArticleStatus.ARCHIVED}
        yield _("It was archived.") if archived else _("No text of it is published.")
    if not includes(article.audience, reader.actor):
        readers = [_readers_named(token, names) for token in sorted(article.audience)]
        yield _("It is only for: %(readers)s.", readers=format_list(readers, "or", get_locale()))


def _readers_named(token: str, names: Mapping[int, str]) -> str:
    kind, _colon, name = token.partition(":")
    if kind == "plan":
        words: str = _("customers with the plan “%(plan)s”", plan=name)
    elif kind == "account":
        words = names.get(int(name)) or _("an account that is not there any more")
    else:
        words = {
            "public": _("everyone"),
            "signed-in": _("everyone who is signed in"),
            "staff": _("staff"),
        }[kind]
    return words
