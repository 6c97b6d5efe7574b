"""What staff see of the knowledge base together with how it is read: coverage by language."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from portal.accounts.current import current_actor, require_staff
from portal.adoption import queries as adoption
from portal.adoption.wording import signal_lines
from portal.core.clock import utc_now
from portal.core.db import db
from portal.core.errors import NotFoundError
from portal.insights.coverage import (
    FOUND,
    WINDOW,
    ArticleStates,
    State,
    article_states_for,
    coverage_of,
    view_ids_for,
)
from portal.knowledge import queries as knowledge
from portal.web.numbers import row_number
from portal.web.paging import asked_page

bp = Blueprint("insights_knowledge", __name__, url_prefix="/staff/articles")
bp.before_request(require_staff)

ROWS_A_PAGE: Final = 100
COVERED: Final = "covered"


def _languages() -> Sequence[str]:
    languages: Sequence[str] = current_app.extensions["settings"].languages
    return languages


@bp.get("/translations/")
def show_translations() -> ResponseReturnValue:
    """Show what each language has of each article, the most viewed first."""
    articles = article_states_for(
        db.session(), current_actor(), _languages(), language=str(get_locale()), now=utc_now()
    )
    wanted = _wanted(articles)
    return render_template(
        "insights/translations.html",
        coverages=[coverage_of(articles, language) for language in _languages()],
        page=asked_page(ROWS_A_PAGE).of(wanted),
        count=len(wanted),
        states=list(State),
        chosen=(request.args.get("language", ""), request.args.get("state", "")),
    )


def _wanted(articles: Sequence[ArticleStates]) -> Sequence[ArticleStates]:
    """Return the articles that are in a wanted state in a wanted language, or all."""
    language, wanted = request.args.get("language", ""), request.args.get("state", "")
    states = FOUND if wanted == COVERED else {state for state in State if state == wanted}
    if language not in _languages() or not states:
        return articles
    return [article for article in articles if article.states[language] in states]


@bp.get("/<int:article_id>/views")
def show_views(article_id: int) -> ResponseReturnValue:
    """Show the views of an article that its coverage counts, or those of as many `days`."""
    session, actor, now = db.session(), current_actor(), utc_now()
    article = knowledge.editable_article_for(session, actor, article_id)
    text = article.translation_in(str(get_locale())) or next(iter(article.translations), None)
    if text is None:
        raise NotFoundError("text")
    days = min(max(1, request.args.get("days", WINDOW.days, type=row_number)), WINDOW.days)
    ids = view_ids_for(session, actor, article_id, since=now - timedelta(days=days), until=now)
    page = asked_page(ROWS_A_PAGE).of(ids)
    signals = adoption.signals_by_ids_for(session, actor, page.rows)
    names = adoption.names_for(session, actor, signals)
    return render_template(
        "insights/article_views.html",
        text=text,
        days=days,
        count=len(ids),
        lines=signal_lines(signals, names, str(get_locale())),
        page=page,
    )
