"""The pages on which staff find texts, and see the state of the whole knowledge base."""

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db
from portal.insights import article_wording
from portal.insights.article_filters import order_after
from portal.insights.article_request import found_texts, site_languages, whole_base
from portal.insights.coverage import article_states_for, coverage_of
from portal.insights.overview import overview_of
from portal.knowledge.batches.models import Act
from portal.knowledge.batches.service import Pick
from portal.knowledge.batches.wording import act_text
from portal.web.paging import asked_page
from portal.web.spreadsheets import csv_answer

bp = Blueprint("insights_articles", __name__, url_prefix="/staff/articles")
bp.before_request(require_staff)

ROWS_A_PAGE: Final = 50


@bp.get("/")
def list_articles() -> ResponseReturnValue:
    """Show texts in all languages, the last written first, or with `format=csv` give them as a file."""
    found = found_texts()
    if request.args.get("format") == "csv":
        return csv_answer(article_wording.table(found.rows), name="articles")
    last = max(1, -(-len(found.rows) // ROWS_A_PAGE))
    page = asked_page(ROWS_A_PAGE, last=last)
    return render_template(
        "insights/articles.html",
        found=found,
        page=page.of(found.rows),
        first=page.first,
        order_after=order_after,
        pick_of=Pick.of,
        acts=[(act, act_text(act)) for act in Act],
        wording=article_wording,
    )


@bp.get("/overview")
def show_overview() -> ResponseReturnValue:
    """Show how the knowledge base stands, each number with the rows behind it."""
    session, actor, languages, now = db.session(), current_actor(), site_languages(), utc_now()
    articles = article_states_for(session, actor, languages, language=str(get_locale()), now=now)
    return render_template(
        "insights/overview.html",
        overview=overview_of(whole_base().texts, languages),
        coverages={language: coverage_of(articles, language) for language in languages},
        wording=article_wording,
    )
