"""What staff see across features: today, figures, gaps, flags, colleagues."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from portal.accounts import queries as accounts
from portal.accounts.actors import Role
from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import TIERS, InvitationForm
from portal.accounts.models import TouchTier
from portal.adoption import queries as adoption
from portal.adoption.matching import queries as unmatched
from portal.adoption.matching.queries import GroupFilter
from portal.adoption.matching.wording import PROBLEMS
from portal.adoption.wording import label_of, signal_lines
from portal.core.clock import site_day, utc_now
from portal.core.db import db
from portal.core.errors import NotFoundError
from portal.forum import cases
from portal.forum.experts.queries import waiting_for
from portal.forum.paths import path_of_post
from portal.health import wording as health_wording
from portal.health.actions import queries as actions
from portal.health.alerts import queries as alerts
from portal.health.ranking.queries import AccountFilter, count_for, ranked_accounts_for
from portal.health.tasks import queries as tasks
from portal.insights import rows, upkeep_wording, wording
from portal.insights.catalogue import FIGURES, figure_named, figures_in
from portal.insights.definition import Group, RowKind
from portal.insights.figures import typed_in_vain
from portal.insights.queries import Ledger, Period, Wanted, gaps_for
from portal.insights.reading import Part, read, read_all
from portal.insights.upkeep import upkeep_for
from portal.knowledge.editing import reviews
from portal.support import queries as support
from portal.support.models import RequestStatus
from portal.web.numbers import row_number
from portal.web.paging import asked_page
from portal.web.spreadsheets import csv_answer

bp = Blueprint("insights_staff", __name__, url_prefix="/staff")
bp.before_request(require_staff)

ROWS_A_PAGE: Final = 100
ON_HOME: Final = 5
AT_RISK: Final = AccountFilter(band="at_risk")
FOR_CUSTOMERS: Final = frozenset({Role.CUSTOMER, Role.CHAMPION})
KEPT: Final = ("from", "to", "account", "tier", "language")


@bp.context_processor
def offer_words() -> dict[str, object]:
    """Give this feature's pages the words for figures and accounts."""
    return {
        "wording": wording,
        "health_wording": health_wording,
        "label_of": label_of,
        "path_of_post": path_of_post,
        "tiers": TIERS,
        "kept": {name: request.args[name] for name in KEPT if request.args.get(name)},
    }


def _language() -> str:
    return str(get_locale())


def _wanted() -> Wanted:
    asked, language = request.args, request.args.get("language", "")
    return Wanted(
        period=Period.between(
            asked.get("from", type=date.fromisoformat),
            asked.get("to", type=date.fromisoformat),
            today=site_day(utc_now()),
        ),
        account_id=asked.get("account", type=row_number),
        tier=asked.get("tier", type=TouchTier),
        language=language if language in current_app.extensions["settings"].languages else None,
    )


def _ledger(wanted: Wanted) -> Ledger:
    return Ledger(db.session(), current_actor(), wanted, now=utc_now())


def _is_csv() -> bool:
    return request.args.get("format") == "csv"


def _choices(wanted: Wanted) -> Mapping[str, object]:
    found = accounts.accounts_for(db.session(), current_actor())
    return {"wanted": wanted, "account_choices": [(account.id, account.name) for account in found]}


@bp.get("/")
def show_home() -> ResponseReturnValue:
    """Show what needs attention today."""
    session, actor, now = db.session(), current_actor(), utc_now()
    today = site_day(now)
    period = Period.between(None, None, today=today)
    return render_template(
        "insights/staff_home.html",
        shown=ON_HOME,
        open_requests=support.open_count_for(session, actor),
        requests=support.requests_for(session, actor, status=RequestStatus.OPEN, oldest_first=True),
        reviews=[row for row in reviews.waiting_for(session, actor) if not row.is_own],
        waiting=waiting_for(session, actor),
        cases=cases.cases_for(session, actor, size=ON_HOME),
        open_cases=cases.open_count_for(session, actor),
        at_risk=ranked_accounts_for(session, actor, AT_RISK, today=today, size=ON_HOME, with_history=False),
        at_risk_count=count_for(session, actor, AT_RISK, today=today),
        next_actions=actions.actions_for(session, actor, owner_id=actor.user_id, size=ON_HOME),
        open_actions=actions.open_count_for(session, actor, owner_id=actor.user_id),
        alerts=alerts.alerts_for(session, actor, size=ON_HOME),
        open_alerts=alerts.open_count_for(session, actor),
        today=today,
        tasks=tasks.tasks_for(session, actor, size=ON_HOME),
        open_tasks=tasks.open_count_for(session, actor),
        gaps=gaps_for(session, actor, Wanted(period=period), now=now),
        upkeep=upkeep_for(session, actor, language=_language(), now=now),
        upkeep_words=upkeep_wording,
        unmatched=unmatched.waiting_count_for(session, actor),
        unmatched_groups=unmatched.groups_for(session, actor, GroupFilter())[0],
        problems=PROBLEMS,
    )


@bp.get("/insights/")
def show_figures() -> ResponseReturnValue:
    """Show every figure of a period, or with `format=csv` give them as a file."""
    wanted = _wanted()
    ledger = _ledger(wanted)
    readings = read_all(ledger, language=wanted.language)
    if _is_csv():
        return csv_answer(wording.figure_table(readings, _language()), name="figures")
    groups = [(group, [one for one in readings if one.figure.group is group]) for group in Group]
    return render_template(
        "insights/figures.html",
        groups=groups,
        untold=[figure for figure in FIGURES if figure not in figures_in(wanted.language)],
        not_counted=ledger.left_out,
        **_choices(wanted),
    )


@bp.get("/insights/definitions")
def show_definitions() -> ResponseReturnValue:
    """Show what each figure means."""
    groups = [(group, [one for one in FIGURES if one.group is group]) for group in Group]
    return render_template("insights/definitions.html", groups=groups)


@bp.get("/insights/<name>")
def show_rows(name: str) -> ResponseReturnValue:
    """Show the rows that a figure counts, part by part."""
    wanted, figure = _wanted(), figure_named(name)
    if figure not in figures_in(wanted.language):
        raise NotFoundError("figure in one language")
    ledger = _ledger(wanted)
    reading = read(figure, ledger)
    asked = request.args.get("part")
    part = next((part for part in reading.parts if part.name == asked), reading.parts[0])
    page = asked_page(ROWS_A_PAGE).of(part.ids[::-1])
    return render_template(
        "insights/rows.html",
        reading=reading,
        part=part,
        page=page,
        wanted=wanted,
        queries=typed_in_vain(ledger.sessions) if name == "queries_without_results" else {},
        articles=_articles(ledger) if name == "article_helpfulness" else (),
        **_rows(ledger, part, frozenset(page.rows)),
    )


def _articles(ledger: Ledger) -> object:
    return rows.articles_for(db.session(), current_actor(), ledger, language=_language())


def _rows(ledger: Ledger, part: Part, ids: frozenset[int]) -> Mapping[str, object]:
    """Return the rows of these ids under the name that the page knows their sort by."""
    session, actor = db.session(), current_actor()
    match part.kind:
        case RowKind.SESSION:
            return {"sessions": rows.session_rows_for(session, actor, ledger, ids)}
        case RowKind.CHECKLIST:
            return {"checklists": rows.checklists_for(session, actor, ids)}
        case RowKind.PERSON:
            return {"people": rows.people_for(session, actor, ids)}
        case RowKind.ACCOUNT:
            return {"accounts": rows.accounts_in(ledger, ids)}
        case RowKind.SIGNAL:
            signals = adoption.signals_by_ids_for(session, actor, ids)
            names = adoption.names_for(session, actor, signals)
            return {"lines": signal_lines(signals, names, _language())}


@bp.get("/gaps/")
def list_gaps() -> ResponseReturnValue:
    """Show what people looked for in vain, the costliest first; or give it as a file."""
    wanted = _wanted()
    gaps = gaps_for(db.session(), current_actor(), wanted, now=utc_now())
    if _is_csv():
        return csv_answer(wording.gap_table(gaps), name="gaps")
    return render_template(
        "insights/gaps.html",
        page=asked_page(ROWS_A_PAGE).of(gaps),
        **_choices(wanted),
    )


@bp.get("/moderation/")
def find_moderation() -> ResponseReturnValue:
    """Lead to the moderators' queue, which customers who keep a board share."""
    return redirect(url_for("forum_cases.list_cases"), 301)


@bp.get("/people/")
def list_people() -> ResponseReturnValue:
    """Show the vendor's own people, and let staff invite someone."""
    session, actor = db.session(), current_actor()
    form = InvitationForm(formdata=None)
    if not actor.is_admin:
        form.role.choices = [choice for choice in form.role.choices if choice.value in FOR_CUSTOMERS]
    return render_template(
        "insights/people.html",
        people=accounts.staff_for(session, actor),
        form=form,
        account_choices=[(account.id, account.name) for account in accounts.accounts_for(session, actor)],
    )
