"""Accounts as staff see them: ranked, explained, kept."""

from collections.abc import Sequence
from datetime import date, timedelta
from importlib import resources
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts import service as accounts_service
from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import PLANS, STATUSES, TIERS, AccountForm, NewAccountForm
from portal.accounts.models import AccountStatus, TouchTier
from portal.adoption import queries as adoption
from portal.adoption.models import Signal
from portal.adoption.wording import SignalLine, label_of, signal_lines
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.core.paging import Cursor
from portal.health import charts, display, listing, queries, wording
from portal.health.phases import wording as phase_wording
from portal.health.phases.queries import stay_for
from portal.health.queries import AccountFilter
from portal.health.tasks.queries import tasks_for
from portal.onboarding import queries as onboarding
from portal.onboarding import rules as onboarding_rules
from portal.web.errors import explain
from portal.web.numbers import row_number
from portal.web.spreadsheets import csv_answer

bp = Blueprint("health", __name__, url_prefix="/staff/accounts")
bp.before_request(require_staff)

CHART_DAYS: Final = 180
RECENT_SIGNALS: Final = 12
KEPT: Final = ("band", "tier", "plan", "manager", "status", "sort")


@bp.context_processor
def offer_words() -> dict[str, object]:
    """Give this feature's pages the words for scores and accounts."""
    return {
        "charts": charts,
        "display": display,
        "wording": wording,
        "phase_wording": phase_wording,
        "label_of": label_of,
        "plans": PLANS,
        "tiers": TIERS,
        "statuses": STATUSES,
    }


def _language() -> str:
    return str(get_locale())


def _today() -> date:
    return site_day(utc_now())


@bp.get("/")
def list_accounts() -> ResponseReturnValue:
    """Show accounts, or with `format=csv` give them as a file, those with the most at stake first."""
    session, actor, asked = db.session(), current_actor(), request.args
    wanted = AccountFilter(
        status=asked.get("status", AccountStatus.ACTIVE, type=AccountStatus),
        band=asked.get("band") or None,
        tier=asked.get("tier", type=TouchTier),
        plan=asked.get("plan") or None,
        manager_id=asked.get("manager", type=row_number),
    )
    order = asked.get("sort", listing.DEFAULT_ORDER)
    rows = listing.in_order(queries.ranked_accounts_for(session, actor, wanted, today=_today()), order)
    if asked.get("format") == "csv":
        return csv_answer(listing.table(rows, _language()), name="accounts")
    page = max(1, asked.get("page", 1, type=int))
    first = (page - 1) * listing.PAGE_SIZE
    return render_template(
        "health/accounts.html",
        rows=rows[first : first + listing.PAGE_SIZE],
        total=len(rows),
        has_more=len(rows) > first + listing.PAGE_SIZE,
        page=page,
        order=order,
        kept={name: asked[name] for name in KEPT if asked.get(name)},
        managers=[(user.id, user.name) for user in accounts.staff_for(session, actor)],
    )


@bp.get("/<int:account_id>")
def show_account(account_id: int) -> ResponseReturnValue:
    """Show why an account has its score, and all that is known of it."""
    session, actor, today = db.session(), current_actor(), _today()
    account = queries.account_for(session, actor, account_id)
    explanation = queries.explanation_for(session, actor, account_id)
    rows = display.explanation_rows(explanation) if explanation else ()
    since = today - timedelta(days=CHART_DAYS)
    history = queries.score_history_for(session, actor, account_id, since=since)
    checklists = onboarding.checklists_for(session, actor, account_id=account_id)
    recent = adoption.signals_for(session, actor, account_id=account_id, size=RECENT_SIGNALS)
    return render_template(
        "health/account.html",
        account=account,
        explanation=explanation,
        rows=rows,
        bar=charts.contribution_bar(rows, _language()),
        chart=charts.history_chart(history) if history else None,
        lines=_lines(recent.rows),
        checklist_paths=[onboarding_rules.path_of(checklist, today=today) for checklist in checklists],
        members=queries.members_for(session, actor, account_id),
        requests=queries.open_requests_for(session, actor, account_id),
        stay=stay_for(session, actor, account_id, day=today - timedelta(days=1)),
        tasks=tasks_for(session, actor, account_id=account_id),
    )


def _lines(signals: Sequence[Signal]) -> list[SignalLine]:
    names = adoption.names_for(db.session(), current_actor(), signals)
    return signal_lines(signals, names, _language())


@bp.get("/<int:account_id>/signals")
def list_signals(account_id: int) -> ResponseReturnValue:
    """Show all that an account's people did, newest first; `kind` may be given several times."""
    session, actor = db.session(), current_actor()
    account = queries.account_for(session, actor, account_id)
    kinds = [kind for kind in request.args.getlist("kind") if kind]
    after = Cursor.decode(request.args.get("after", ""))
    page = adoption.signals_for(session, actor, account_id=account_id, kinds=kinds, after=after)
    counts = adoption.kind_counts_for(session, actor, account_id)
    return render_template(
        "health/signals.html",
        account=account,
        kinds=kinds,
        choices=[
            (kind, f"{wording.kind_text(kind, _language())} ({count})") for kind, count in counts.items()
        ],
        shown=wording.kinds_text(kinds, _language()),
        lines=_lines(page.rows),
        next_cursor=page.next_cursor,
    )


@bp.get("/model")
def show_model() -> ResponseReturnValue:
    """Show how scores are made: each component and feature, and the file that says so."""
    model = queries.current_model()
    file = resources.files("portal.health").joinpath("scoring", f"{model.version}.toml")
    return render_template("health/model.html", model=model, source=file.read_text(encoding="utf-8"))


@bp.get("/new")
def new_account() -> ResponseReturnValue:
    """Offer the form for an account."""
    return _account_form(NewAccountForm(formdata=None, started_on=_today(), seats=5, monthly_revenue=0))


@bp.post("/new")
def create_account() -> ResponseReturnValue:
    """Add an account; what was typed stays on the page if it cannot be used."""
    form = NewAccountForm()
    _offer_managers(form)
    if form.accept():
        try:
            with transaction() as session:
                account = accounts_service.open_account(
                    session,
                    actor=current_actor(),
                    external_id=form.external_id.data,
                    details=form.details(),
                )
            return redirect(url_for("health.show_account", account_id=account.id), 303)
        except ConflictError as error:
            form.external_id.errors = [explain(error)]
        except InvalidError as error:
            form[error.field or "name"].errors = [explain(error)]
    return _account_form(form), 422


@bp.get("/<int:account_id>/edit")
def edit_account(account_id: int) -> ResponseReturnValue:
    """Offer an account to be changed."""
    account = queries.account_for(db.session(), current_actor(), account_id)
    return _account_form(AccountForm(formdata=None, obj=account), account_id)


@bp.post("/<int:account_id>/edit")
def update_account(account_id: int) -> ResponseReturnValue:
    """Change an account; what was typed stays on the page if it cannot be used."""
    actor, form = current_actor(), AccountForm()
    queries.account_for(db.session(), actor, account_id)
    _offer_managers(form)
    if form.accept():
        try:
            with transaction() as session:
                accounts_service.update_account(
                    session, actor=actor, account_id=account_id, details=form.details(), now=utc_now()
                )
            flash(_("The account is changed."), "success")
            return redirect(url_for("health.show_account", account_id=account_id), 303)
        except InvalidError as error:
            form[error.field or "name"].errors = [explain(error)]
    return _account_form(form, account_id), 422


def _offer_managers(form: AccountForm) -> None:
    form.offer_managers(accounts.staff_for(db.session(), current_actor()))


def _account_form(form: AccountForm, account_id: int | None = None) -> str:
    _offer_managers(form)
    session, actor = db.session(), current_actor()
    account = queries.account_for(session, actor, account_id) if account_id is not None else None
    return render_template("health/account_form.html", form=form, account=account)
