"""The knowledge base as a customer sees it, for staff, who stay who they are."""

from collections.abc import Iterable

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import NotFoundError
from portal.knowledge import queries
from portal.knowledge.reading.previews import ANYONE, SIGNED_IN, Reader, reader_of, reasons_against
from portal.knowledge.reading.routes import speak_language_of_address
from portal.knowledge.reading.views import article_view, trail_of

bp = Blueprint("knowledge_preview", __name__, url_prefix="/staff/articles")
bp.before_request(require_staff)


@bp.before_request
def speak_wanted_language() -> None:
    """Let the page speak the language in which the reader would read it.

    Raises:
        NotFoundError: the site does not have that language.
    """
    speak_language_of_address(None, request.args.to_dict())


def _reader() -> Reader:
    return reader_of(db.session(), current_actor(), request.args.get("account", ANYONE))


def _page(reader: Reader, **context: object) -> str:
    """Show a page through a reader's eyes, with the choice of others."""
    known = accounts.accounts_for(db.session(), current_actor())
    return render_template("knowledge/staff/preview.html", reader=reader, readers=_choices(known), **context)


def _choices(known: Iterable[Account]) -> list[tuple[str, str]]:
    named = [(str(account.id), account.name) for account in known]
    return [(ANYONE, _("Visitors")), (SIGNED_IN, _("Everyone signed in")), *named]


@bp.get("/as")
def show_home() -> ResponseReturnValue:
    """Show the sections that a reader sees, or one of them."""
    session, reader, language = db.session(), _reader(), str(get_locale())
    slug = request.args.get("section")
    if not slug:
        return _page(reader, tree=queries.sections_for(session, reader.actor))
    try:
        page = queries.section_for(session, reader.actor, slug, language=language)
    except NotFoundError:
        section = queries.section_for(session, current_actor(), slug, language=language).node.section
        return _page(reader, title=section.name(language), reasons=[_("It holds nothing for them.")])
    return _page(reader, page=page, trail=trail_of(page.trail, language, preview=reader.key))


@bp.get("/<int:article_id>/as")
def show_article(article_id: int) -> ResponseReturnValue:
    """Show an article as a reader sees it; if they do not, say why."""
    session, reader, language = db.session(), _reader(), str(get_locale())
    try:
        view = article_view(reader.actor, article_id, language, preview=reader.key)
    except NotFoundError:
        article = queries.editable_article_for(session, current_actor(), article_id)
        names = {account.id: account.name for account in accounts.accounts_for(session, current_actor())}
        text = article.translation_in(language) or next(iter(article.translations), None)
        reasons = list(reasons_against(article, reader, names))
        return _page(reader, title=text.title if text else _("Article"), reasons=reasons)
    return _page(reader, view=view)
