"""Reminding people, over HTTP: whom, in which words, and what the site has drafted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.accounts.forms import TIERS
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError, NotFoundError
from portal.onboarding.maps.queries import maps_for
from portal.onboarding.nudges import queries, service, wording
from portal.onboarding.nudges.forms import DraftForm, TemplateForm, choice_in
from portal.onboarding.nudges.models import Nudge
from portal.onboarding.nudges.queries import Words
from portal.onboarding.nudges.site import site_of_letters
from portal.web.errors import explain
from portal.web.numbers import row_number

bp = Blueprint("nudges", __name__, url_prefix="/staff/onboarding/nudges")
bp.before_request(require_staff)


@bp.get("/")
def list_nudges() -> ResponseReturnValue:
    """Show the drafts that wait for the reader, or with `?of=all` all, and what became of reminders."""
    session, actor, now = db.session(), current_actor(), utc_now()
    of_all = request.args.get("of") == "all"
    return render_template(
        "onboarding/nudges/list.html",
        drafts=queries.drafts_for(session, actor, of_all=of_all, now=now),
        of_all=of_all,
        sent=queries.sent_for(session, actor),
        rate=queries.done_after(session, actor, now=now),
    )


@bp.get("/new")
def new_nudges() -> ResponseReturnValue:
    """Show who can be reminded of which steps, and what each would read."""
    session, actor, choice, now = db.session(), current_actor(), choice_in(request.args), utc_now()
    language, maps = str(get_locale()), maps_for(session, actor)
    steps = {each.id: each.titles(language) for each in maps}.get(choice.map_id or 0, {})
    if choice.step_key not in steps:
        choice = replace(choice, step_key="")
    return render_template(
        "onboarding/nudges/new.html",
        plans=queries.plans_for(session, actor, choice, site=site_of_letters(), today=site_day(now), now=now),
        choice=choice,
        kept=_kept(request.args),
        steps=steps,
        maps=[(each.id, each.name(language)) for each in maps],
        managers=[(person.id, person.name) for person in accounts.staff_for(session, actor)],
        tiers=TIERS,
        wording=wording,
    )


@bp.post("/")
def create_nudges() -> ResponseReturnValue:
    """Remind the people of the steps that were ticked."""
    step_ids, now = set(request.form.getlist("step_id", type=row_number)), utc_now()
    page = url_for(".new_nudges", **_kept(request.args))
    if not step_ids:
        flash(_("Tick at least one account."), "error")
        return redirect(page, 303)
    with transaction() as session:
        outcome = service.send(
            session,
            actor=current_actor(),
            step_ids=step_ids,
            site=site_of_letters(),
            today=site_day(now),
            now=now,
        )
    flash(" ".join(wording.sentences(outcome)), "success" if outcome.count else "info")
    return redirect(page, 303)


def _kept(args: Mapping[str, str]) -> dict[str, Any]:
    """Return the filters of the page that a form stood on."""
    return {name: args[name] for name in ("map", "step", "standing", "tier", "manager") if args.get(name)}


@bp.get("/drafts/<int:nudge_id>")
def show_draft(nudge_id: int) -> ResponseReturnValue:
    """Offer a draft to be changed, sent or discarded."""
    nudge = queries.draft_for(db.session(), current_actor(), nudge_id)
    return _draft_page(nudge, DraftForm(formdata=None, text=nudge.text))


def _draft_page(nudge: Nudge, form: DraftForm) -> str:
    return render_template("onboarding/nudges/draft.html", nudge=nudge, form=form)


@bp.post("/drafts/<int:nudge_id>")
def update_draft(nudge_id: int) -> ResponseReturnValue:
    """Keep what a draft says, with `send` send it, or with `_method=delete` discard it."""
    form = DraftForm()
    try:
        flash(_settled(nudge_id, now=utc_now()), "success")
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _kept_page(nudge_id, form), 422
    except ConflictError as error:
        form.blame(None, explain(error))
        return _kept_page(nudge_id, form), 409
    return redirect(url_for(".list_nudges"), 303)


def _kept_page(nudge_id: int, form: DraftForm) -> str:
    """Show what was typed, or what the draft says if nothing was, whatever became of it meanwhile."""
    nudge = queries.nudge_for(db.session(), current_actor(), nudge_id)
    if "text" not in request.form:
        form.text.data = nudge.text
    return _draft_page(nudge, form)


def _settled(nudge_id: int, *, now: datetime) -> str:
    """Do what was asked with a draft; return the words that say so."""
    actor, text = current_actor(), request.form.get("text")
    edition = request.form.get("edition", type=row_number)
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.discard_draft(session, actor=actor, nudge_id=nudge_id)
            return str(_("The draft is discarded; nobody was written to."))
        if request.form.get("send"):
            service.send_draft(session, actor=actor, nudge_id=nudge_id, text=text, edition=edition, now=now)
            return str(_("The reminder is on its way."))
        service.write_draft(session, actor=actor, nudge_id=nudge_id, text=text or "", edition=edition)
        return str(_("The draft is kept."))


@bp.get("/template")
def show_template() -> ResponseReturnValue:
    """Show what reminders say in general, or of the step of a map."""
    words = _words()
    form = TemplateForm(formdata=None, data={f"text_{code}": text for code, text in words.texts.items()})
    return _template_page(words, form)


def _words() -> Words:
    map_id, step_key = request.args.get("map", type=row_number), request.args.get("step", "")
    if map_id is None and (request.args.get("map") or step_key):
        raise NotFoundError("map")
    return queries.words_for(db.session(), current_actor(), map_id=map_id, step_key=step_key)


def _template_page(words: Words, form: TemplateForm) -> str:
    maps = maps_for(db.session(), current_actor())
    return render_template(
        "onboarding/nudges/template.html",
        words=words,
        form=form,
        kept=_kept(request.args),
        maps=maps,
        wording=wording,
    )


@bp.post("/template")
def update_template() -> ResponseReturnValue:
    """Keep what reminders say; what was typed stays on the page if it cannot be used."""
    words, form = _words(), TemplateForm()
    try:
        with transaction() as session:
            service.write_template(session, actor=current_actor(), place=words.place, texts=form.texts)
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _template_page(words, form), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".show_template", **_kept(request.args)), 303)
