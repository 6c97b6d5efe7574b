"""Onboarding as staff see it: every account's checklist, and the success maps they are made from."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.accounts.models import AccountStatus
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError, PortalError
from portal.onboarding import policies, queries, rules, service, wording
from portal.onboarding.forms import ChecklistForm, MapForm, StepForm
from portal.onboarding.models import MapStep
from portal.onboarding.routes import today
from portal.web.errors import explain
from portal.web.forms import PortalForm

bp = Blueprint("onboarding_staff", __name__, url_prefix="/staff/onboarding")
bp.before_request(require_staff)


@bp.get("/")
def list_checklists() -> ResponseReturnValue:
    """Show every checklist, those that need someone first."""
    checklists = queries.checklists_for(db.session(), current_actor())
    paths = [rules.path_of(checklist, today=today()) for checklist in checklists]
    return render_template("onboarding/all_checklists.html", paths=sorted(paths, key=rules.urgency))


@bp.get("/checklists/<int:checklist_id>")
def show_checklist(checklist_id: int) -> ResponseReturnValue:
    """Show one account's path."""
    checklist = queries.checklist_for(db.session(), current_actor(), checklist_id)
    return render_template(
        "onboarding/checklist.html",
        path=rules.path_of(checklist, today=today()),
        proof_sentence=wording.sentence,
        may_reopen=policies.may_reopen,
    )


@bp.get("/maps/")
def list_maps() -> ResponseReturnValue:
    """Show the success maps, and the form for a new one."""
    return _maps_page(MapForm())


def _maps_page(form: MapForm) -> str:
    maps = queries.maps_for(db.session(), current_actor())
    return render_template("onboarding/maps.html", maps=maps, form=form)


@bp.post("/maps/")
def create_map() -> ResponseReturnValue:
    """Add a success map; what was typed stays on the page if it cannot be used."""
    form = MapForm()
    if form.accept():
        try:
            with transaction() as session:
                success_map = service.add_map(
                    session, actor=current_actor(), names=form.names(), persona=form.persona.data or ""
                )
            return redirect(url_for("onboarding_staff.show_map", map_id=success_map.id), 303)
        except (InvalidError, ConflictError) as error:
            _blame(form, error, default="name_en")
    return _maps_page(form), 422


@bp.get("/maps/<int:map_id>")
def show_map(map_id: int) -> ResponseReturnValue:
    """Show a success map's steps, with the forms for a new step and a new checklist."""
    return _map_page(map_id, StepForm(formdata=None), ChecklistForm(formdata=None, started_on=today()))


def _map_page(map_id: int, step_form: StepForm, checklist_form: ChecklistForm) -> str:
    success_map = queries.map_for(db.session(), current_actor(), map_id)
    _offer_proofs(step_form)
    _offer_accounts(checklist_form)
    return render_template(
        "onboarding/map.html",
        success_map=success_map,
        step_form=step_form,
        checklist_form=checklist_form,
        parse_proof=rules.parse_proof,
        proof_sentence=wording.sentence,
    )


def _offer_proofs(form: StepForm, *, kept: str = "") -> None:
    """Offer the kinds of signals that have words; and one that came by import, where it is in use."""
    kinds = [*wording.SENTENCES, *({kept} - {"", *wording.SENTENCES})]
    form.proof_kind.choices = [
        SelectChoice("", _("Ticking it, and nothing else")),
        *(SelectChoice(kind, wording.sentence(rules.Proof(kind=kind))) for kind in kinds),
    ]


def _offer_accounts(form: ChecklistForm) -> None:
    form.account_id.choices = [
        SelectChoice(account.id, account.name)
        for account in accounts.accounts_for(db.session(), current_actor())
        if account.status is AccountStatus.ACTIVE
    ]


@bp.post("/maps/<int:map_id>/steps")
def create_step(map_id: int) -> ResponseReturnValue:
    """Add a step at the end of a map; what was typed stays on the page if it cannot be used."""
    form = StepForm()
    _offer_proofs(form)
    if form.accept():
        try:
            with transaction() as session:
                service.add_step(session, actor=current_actor(), map_id=map_id, draft=form.draft())
            return redirect(url_for("onboarding_staff.show_map", map_id=map_id), 303)
        except InvalidError as error:
            _blame(form, error, default="title_en")
    return _map_page(map_id, form, ChecklistForm(formdata=None, started_on=today())), 422


@bp.post("/maps/<int:map_id>/checklists")
def create_checklist(map_id: int) -> ResponseReturnValue:
    """Start a checklist for an account, then show it."""
    form = ChecklistForm()
    _offer_accounts(form)
    if form.accept():
        try:
            with transaction() as session:
                checklist = service.start_checklist(
                    session,
                    actor=current_actor(),
                    account_id=form.account_id.data,
                    map_id=map_id,
                    started_on=form.started_on.data,
                )
            flash(_("The checklist is ready; the account sees it at once."), "success")
            return redirect(url_for("onboarding_staff.show_checklist", checklist_id=checklist.id), 303)
        except (InvalidError, ConflictError) as error:
            _blame(form, error, default="account_id")
    return _map_page(map_id, StepForm(formdata=None), form), 422


@bp.get("/steps/<int:step_id>")
def show_step(step_id: int) -> ResponseReturnValue:
    """Offer a step of a map to be changed."""
    step = queries.map_step_for(db.session(), current_actor(), step_id)
    return _step_page(step, StepForm.of(step))


def _step_page(step: MapStep, form: StepForm) -> str:
    _offer_proofs(form, kept=(step.proof or {}).get("kind", ""))
    return render_template("onboarding/step.html", step=step, form=form)


@bp.post("/steps/<int:step_id>")
def update_step(step_id: int) -> ResponseReturnValue:
    """Change a step of a map (or, with `_method=delete`, remove it), then show its map."""
    actor = current_actor()
    if request.form.get("_method") == "delete":
        with transaction() as session:
            map_id = service.remove_step(session, actor=actor, step_id=step_id)
        return redirect(url_for("onboarding_staff.show_map", map_id=map_id), 303)
    step, form = queries.map_step_for(db.session(), actor, step_id), StepForm()
    _offer_proofs(form, kept=(step.proof or {}).get("kind", ""))
    if form.accept():
        try:
            with transaction() as session:
                step = service.change_step(session, actor=actor, step_id=step_id, draft=form.draft())
            return redirect(url_for("onboarding_staff.show_map", map_id=step.success_map_id), 303)
        except InvalidError as error:
            _blame(form, error, default="title_en")
            step = queries.map_step_for(db.session(), actor, step_id)
    return _step_page(step, form), 422


def _blame(form: PortalForm, error: PortalError, *, default: str) -> None:
    """Show an error at the field it is about."""
    field = error.field if isinstance(error, InvalidError) and error.field in form else default
    form[field].errors = [explain(error)]
