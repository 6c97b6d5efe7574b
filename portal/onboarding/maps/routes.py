"""Success maps as staff write them, and the checklists they start from them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import SelectChoice

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.accounts.models import AccountStatus
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.onboarding import rules, wording
from portal.onboarding import service as checklists
from portal.onboarding.forms import ChecklistForm
from portal.onboarding.maps import queries, service
from portal.onboarding.maps.forms import MapForm, StepForm
from portal.onboarding.models import MapStep, SuccessMap
from portal.onboarding.routes import today
from portal.web.errors import explain
from portal.web.ordering import sent_move

bp = Blueprint("success_maps", __name__, url_prefix="/staff/onboarding")
bp.before_request(require_staff)


@bp.get("/maps/")
def list_maps() -> ResponseReturnValue:
    """Show the success maps, and the form for a new one."""
    return _maps_page(MapForm(formdata=None))


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
                success_map = service.add_map(session, actor=current_actor(), draft=form.draft())
            return redirect(url_for("success_maps.show_map", map_id=success_map.id), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
        except ConflictError as error:
            form.blame(None, explain(error))
    return _maps_page(form), 422


@bp.get("/maps/<int:map_id>")
def show_map(map_id: int) -> ResponseReturnValue:
    """Show a success map's steps, with the forms for a new step and a new checklist."""
    return _map_page(_map(map_id))


def _map(map_id: int) -> SuccessMap:
    return queries.map_for(db.session(), current_actor(), map_id)


def _map_page(
    success_map: SuccessMap,
    *,
    map_form: MapForm | None = None,
    step_form: StepForm | None = None,
    checklist_form: ChecklistForm | None = None,
) -> str:
    checklist_form = checklist_form or ChecklistForm(formdata=None, started_on=today())
    step_form = step_form or StepForm(formdata=None)
    _offer_choices(step_form, success_map)
    _offer_accounts(checklist_form)
    return render_template(
        "onboarding/map.html",
        success_map=success_map,
        map_form=map_form or MapForm.of(success_map),
        step_form=step_form,
        checklist_form=checklist_form,
        parse_proof=rules.parse_proof,
        wording=wording,
    )


def _offer_choices(form: StepForm, success_map: SuccessMap, step: MapStep | None = None) -> None:
    """Offer the other steps, and the kinds of signals that have words or are in use here."""
    others = [other for other in success_map.steps if step is None or other.key != step.key]
    form.offer_steps(others, str(get_locale()))
    kept = {(step.proof or {}).get("kind", "")} if step else set()
    form.proof_kind.choices = [
        SelectChoice("", _("Ticking it, and nothing else")),
        *(
            SelectChoice(kind, wording.sentence(rules.Proof(kind=kind)))
            for kind in [*wording.SENTENCES, *(kept - {"", *wording.SENTENCES})]
        ),
    ]


def _offer_accounts(form: ChecklistForm) -> None:
    form.account_id.choices = [
        SelectChoice(account.id, account.name)
        for account in accounts.accounts_for(db.session(), current_actor())
        if account.status is AccountStatus.ACTIVE
    ]


@bp.post("/maps/<int:map_id>")
def update_map(map_id: int) -> ResponseReturnValue:
    """Change what a map is called and for whom it is; what was typed stays if it cannot be used."""
    form = MapForm()
    if form.accept():
        try:
            with transaction() as session:
                service.change_map(session, actor=current_actor(), map_id=map_id, draft=form.draft())
            flash(_("Saved."), "success")
            return redirect(url_for("success_maps.show_map", map_id=map_id), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _map_page(_map(map_id), map_form=form), 422


@bp.post("/maps/<int:map_id>/publication")
def create_publication(map_id: int) -> ResponseReturnValue:
    """Publish a map's draft (or, with `_method=delete`, throw it away), then show the map."""
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.discard(session, actor=current_actor(), map_id=map_id)
            flash(_("The draft is gone; the published version is as it was."), "success")
        else:
            service.publish(session, actor=current_actor(), map_id=map_id, now=utc_now())
            flash(_("The map is published; new checklists are made of it."), "success")
    return redirect(url_for("success_maps.show_map", map_id=map_id), 303)


@bp.post("/maps/<int:map_id>/steps")
def create_step(map_id: int) -> ResponseReturnValue:
    """Add a step at the end of a map; what was typed stays on the page if it cannot be used."""
    form = StepForm()
    _offer_choices(form, _map(map_id))
    if form.accept():
        try:
            with transaction() as session:
                service.add_step(session, actor=current_actor(), map_id=map_id, draft=form.draft())
            return redirect(url_for("success_maps.show_map", map_id=map_id), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _map_page(_map(map_id), step_form=form), 422


@bp.post("/maps/<int:map_id>/order")
def update_order(map_id: int) -> ResponseReturnValue:
    """Put a step in front of another of its map."""
    actor, move = current_actor(), sent_move()
    with transaction() as session:
        service.put_step_before(session, actor=actor, step_id=move.item, before_id=move.before)
    if request.headers.get("HX-Request"):
        return render_template(
            "onboarding/map_steps.html",
            success_map=_map(map_id),
            parse_proof=rules.parse_proof,
            wording=wording,
        )
    return redirect(url_for("success_maps.show_map", map_id=map_id), 303)


@bp.post("/maps/<int:map_id>/checklists")
def create_checklist(map_id: int) -> ResponseReturnValue:
    """Start a checklist for an account, then show it."""
    form = ChecklistForm()
    _offer_accounts(form)
    if form.accept():
        try:
            with transaction() as session:
                checklist = checklists.start_checklist(
                    session,
                    actor=current_actor(),
                    account_id=form.account_id.data,
                    map_id=map_id,
                    started_on=form.started_on.data,
                    team=form.team.data or "",
                    now=utc_now(),
                )
            flash(_("The checklist is ready; the account sees it at once."), "success")
            return redirect(url_for("onboarding_staff.show_checklist", checklist_id=checklist.id), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
        except ConflictError as error:
            form.blame(None, explain(error))
    return _map_page(_map(map_id), checklist_form=form), 422


@bp.get("/steps/<int:step_id>")
def show_step(step_id: int) -> ResponseReturnValue:
    """Offer a step of a map to be changed."""
    step = _step(step_id)
    return _step_page(step, StepForm.of(step))


def _step(step_id: int) -> MapStep:
    return queries.step_for(db.session(), current_actor(), step_id)


def _step_page(step: MapStep, form: StepForm) -> str:
    success_map = _map(step.version.success_map_id)
    _offer_choices(form, success_map, step)
    return render_template("onboarding/step.html", step=step, success_map=success_map, form=form)


@bp.post("/steps/<int:step_id>")
def update_step(step_id: int) -> ResponseReturnValue:
    """Change a step of a map (or, with `_method=delete`, remove it), then show its map."""
    actor, step = current_actor(), _step(step_id)
    map_id = step.version.success_map_id
    if request.form.get("_method") == "delete":
        with transaction() as session:
            service.remove_step(session, actor=actor, step_id=step_id)
        return redirect(url_for("success_maps.show_map", map_id=map_id), 303)
    form = StepForm()
    _offer_choices(form, _map(map_id), step)
    if form.accept():
        try:
            with transaction() as session:
                service.change_step(session, actor=actor, step_id=step_id, draft=form.draft())
            return redirect(url_for("success_maps.show_map", map_id=map_id), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
            step = _step(step_id)
    return _step_page(step, form), 422
