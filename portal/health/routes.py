"""Accounts as staff see them: ranked, explained, kept."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts import service as accounts_service
from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import PLANS, STATUSES, TIERS, AccountForm, NewAccountForm
from portal.accounts.models import Account
from portal.adoption import queries as adoption
from portal.adoption.kinds import Category
from portal.adoption.wording import label_of
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.core.paging import Cursor
from portal.health import charts, display, explained, listing, queries, wording
from portal.health.actions.routes import new_form
from portal.health.notes.forms import NoteForm
from portal.health.phases import wording as phase_wording
from portal.health.portrait.page import lines_of, portrait_of
from portal.health.portrait.queries import score_days_for
from portal.health.portrait.wording import CATEGORIES, kinds_in
from portal.health.ranking.queries import DEFAULT_ORDER, count_for, ranked_accounts_for
from portal.health.toml_table import comments_in
from portal.health.versions import charts as version_charts
from portal.health.versions import wording as version_wording
from portal.health.versions.distribution import spreads_for
from portal.health.versions.queries import current_model, text_for, unlike_current, versions_for
from portal.web.errors import explain
from portal.web.paging import asked_page
from portal.web.spreadsheets import csv_answer

bp = Blueprint("health", __name__, url_prefix="/staff/accounts")
bp.before_request(require_staff)

CHART_DAYS: Final = 180
PAGE_SIZE: Final = 100


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
    session, actor, asked, today = db.session(), current_actor(), request.args, _today()
    wanted = listing.asked_for(asked, reader_id=actor.user_id)
    order = asked.get("sort", DEFAULT_ORDER)
    if asked.get("format") == "csv":
        every = ranked_accounts_for(session, actor, wanted, today=today, order=order, with_history=False)
        return csv_answer(listing.table(every, _language()), name="accounts")
    page = asked_page(PAGE_SIZE)
    rows = ranked_accounts_for(
        session, actor, wanted, today=today, order=order, first=page.first, size=page.limit
    )
    return render_template(
        "health/accounts.html",
        page=page.cut(rows),
        total=count_for(session, actor, wanted, today=today),
        order=order,
        kept={name: asked[name] for name in listing.KEPT if asked.get(name)},
        managers=[(user.id, user.name) for user in accounts.staff_for(session, actor)],
        today=today,
    )


@bp.get("/<int:account_id>")
def show_account(account_id: int) -> ResponseReturnValue:
    """Show why an account has its score, and all that is known of it."""
    session, actor, today = db.session(), current_actor(), _today()
    account = queries.account_for(session, actor, account_id)
    compared = request.args.get("since", type=date.fromisoformat)
    explanation = explained.explanation_for(session, actor, account_id, since=compared)
    rows = display.explanation_rows(explanation) if explanation else ()
    days = score_days_for(session, actor, account_id, since=today - timedelta(days=CHART_DAYS))
    return render_template(
        "health/account.html",
        account=account,
        explanation=explanation,
        rows=rows,
        bar=charts.contribution_bar(rows, _language()),
        chart=charts.history_chart(days, model=current_model(session)) if days else None,
        note_form=NoteForm(formdata=None),
        action_form=new_form(),
        **portrait_of(session, actor, account, today=today, language=_language()),
    )


@bp.get("/<int:account_id>/signals")
def list_signals(account_id: int) -> ResponseReturnValue:
    """Show all that an account's people did, newest first, of some kinds or of a category.

    `kind` may be given several times.
    """
    session, actor = db.session(), current_actor()
    account = queries.account_for(session, actor, account_id)
    kinds = [kind for kind in request.args.getlist("kind") if kind]
    category = request.args.get("category", "", type=Category)
    since, until = (request.args.get(name, type=date.fromisoformat) for name in ("since", "until"))
    page = adoption.signals_for(
        session,
        actor,
        account_id=account_id,
        kinds=kinds or kinds_in(category),
        since=since,
        until=until,
        after=Cursor.decode(request.args.get("after", "")),
    )
    counts = adoption.kind_counts_for(session, actor, account_id)
    return render_template(
        "health/signals.html",
        account=account,
        kinds=kinds,
        since=since,
        until=until,
        category=category,
        categories=CATEGORIES,
        choices=[
            (kind, f"{wording.kind_text(kind, _language())} ({count})") for kind, count in counts.items()
        ],
        shown=wording.kinds_text(kinds, _language()),
        lines=lines_of(session, actor, page.rows, language=_language()),
        next_cursor=page.next_cursor,
    )


@bp.get("/model")
def show_model() -> ResponseReturnValue:
    """Show how scores are made: each component and feature, how accounts lie on them, and all versions."""
    session, actor = db.session(), current_actor()
    model = current_model(session)
    left = unlike_current(session, model.version)
    if request.args.get("rescoring") and request.headers.get("HX-Request"):
        return render_template("health/versions/rescoring.html", left=left)
    source = text_for(session, actor, model.version)
    return render_template(
        "health/model.html",
        model=model,
        source=source,
        reasons=comments_in(source),
        spreads=spreads_for(session, actor, model.version),
        versions=versions_for(session, actor),
        left=left,
        charts=version_charts,
        version_wording=version_wording,
    )


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
    return _account_form(_form_of(account), account_id)


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
                    session,
                    actor=actor,
                    account_id=account_id,
                    details=form.details(),
                    edition=form.edition.data or None,
                    now=utc_now(),
                )
            flash(_("The account is changed."), "success")
            return redirect(url_for("health.show_account", account_id=account_id), 303)
        except InvalidError as error:
            form[error.field or "name"].errors = [explain(error)]
        except ConflictError:
            saved = _form_of(queries.account_for(db.session(), actor, account_id))
            form.edition.data = saved.edition.data
            return _account_form(form, account_id, saved=form.unlike(saved)), 409
    return _account_form(form, account_id), 422


def _form_of(account: Account) -> AccountForm:
    form = AccountForm(formdata=None, obj=account, edition=accounts_service.edition_of(account))
    _offer_managers(form)
    return form


def _offer_managers(form: AccountForm) -> None:
    form.offer_managers(accounts.staff_for(db.session(), current_actor()))


def _account_form(
    form: AccountForm, account_id: int | None = None, *, saved: Sequence[tuple[str, str]] | None = None
) -> str:
    _offer_managers(form)
    session, actor = db.session(), current_actor()
    account = queries.account_for(session, actor, account_id) if account_id is not None else None
    return render_template("health/account_form.html", form=form, account=account, saved=saved)
