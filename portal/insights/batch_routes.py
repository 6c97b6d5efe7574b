"""One act on many texts of the list: choosing it, doing it, what came of it, and taking it back."""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import UnprocessableEntity

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.insights.article_request import found_texts, kept
from portal.knowledge import queries
from portal.knowledge.batches import service as batches
from portal.knowledge.batches.forms import FORMS, NOTHING_CHOSEN, OrderForm
from portal.knowledge.batches.models import FOLLOWED, Act
from portal.knowledge.batches.orders import Order
from portal.knowledge.batches.service import Pick
from portal.knowledge.batches.wording import act_text, grouped, result_text
from portal.knowledge.editing.forms import section_choices, verifier_choices
from portal.web.errors import explain

bp = Blueprint("article_batches", __name__, url_prefix="/staff/articles/batches")
bp.before_request(require_staff)

AT_ONCE: Final = frozenset({Act.VERIFY, Act.ARCHIVE, Act.BRING_BACK})
"""What needs no question when a few texts were ticked: it can be undone, and nothing has to be chosen."""
ALL: Final = "all"


@bp.context_processor
def offer_words() -> dict[str, object]:
    """Give this feature's pages the words for acts and what comes of them, and the way back to the list."""
    return {"act_text": act_text, "result_text": result_text, "grouped": grouped, "kept": kept()}


def _sent_act() -> Act:
    """Return the act that was chosen.

    Raises:
        InvalidError: there is none.
    """
    try:
        return Act(request.values.get("act", ""))
    except ValueError as error:
        raise InvalidError(N_("Choose what to do with the articles.")) from error


def _picks() -> Sequence[Pick]:
    """Return the texts that were ticked, or all that fit the filters in the address.

    Raises:
        InvalidError: something else was sent.
    """
    if request.values.get(ALL):
        return [Pick.of(row.text) for row in found_texts().rows]
    try:
        return [Pick.parse(word) for words in request.values.getlist("text") for word in words.split()]
    except ValueError as error:
        raise InvalidError(N_("Choose the articles from their list.")) from error


@bp.get("/")
def list_batches() -> ResponseReturnValue:
    """Show what was done to many articles at once, the latest first."""
    found = batches.batches_for(db.session(), current_actor())
    return render_template("insights/batches.html", batches=found)


@bp.get("/new")
def new_batch() -> ResponseReturnValue:
    """Show what would come of an act, and offer what has to be chosen for it."""
    act, picks = _sent_act(), _picks()
    return _plan(act, picks, FORMS.get(act, OrderForm)(formdata=None))


def _plan(act: Act, picks: Sequence[Pick], form: OrderForm) -> str:
    _offer_choices(form)
    plan = batches.plan_for(db.session(), current_actor(), NOTHING_CHOSEN[act], picks)
    return render_template(
        "insights/new_batch.html",
        act=act,
        plan=plan,
        goes_ahead=sum(outcome.result in FOLLOWED for outcome in plan),
        picks=" ".join(map(str, picks)),
        form=form,
    )


def _offer_choices(form: OrderForm) -> None:
    session, actor = db.session(), current_actor()
    if "section_id" in form:
        tree = queries.sections_for(session, actor)
        form["section_id"].choices = list(section_choices(tree, str(get_locale())))
    if "verifier_id" in form:
        form["verifier_id"].choices = list(verifier_choices(accounts.staff_for(session, actor)))


@bp.post("/")
def create_batch() -> ResponseReturnValue:
    """Do something to many articles, once the person has seen what comes of it where that is asked for."""
    act = _sent_act()
    if ALL in request.form:
        return redirect(url_for(".new_batch", act=act, all="yes", **kept()), 303)
    picks = _picks()
    if not picks:
        flash(_("Tick the articles first."), "warning")
        return redirect(url_for("insights_articles.list_articles", **kept()), 303)
    if "confirmed" not in request.form and act not in AT_ONCE:
        return redirect(url_for(".new_batch", act=act, text=" ".join(map(str, picks)), **kept()), 303)
    form = FORMS.get(act, OrderForm)()
    _offer_choices(form)
    if form.accept():
        try:
            return redirect(_carried_out(form.order(act), picks), 303)
        except InvalidError as error:
            form.form_errors.append(explain(error))
    return _plan(act, picks, form), UnprocessableEntity.code


def _carried_out(order: Order, picks: Sequence[Pick]) -> str:
    """Do it; return where is shown what came of it."""
    with transaction() as session:
        batch = batches.carry_out(session, actor=current_actor(), order=order, picks=picks, now=utc_now())
        batch_id = batch.id
    return url_for(".show_batch", batch_id=batch_id, **kept())


@bp.get("/<int:batch_id>")
def show_batch(batch_id: int) -> ResponseReturnValue:
    """Show what came of an act for each article."""
    batch = batches.batch_for(db.session(), current_actor(), batch_id)
    return render_template("insights/batch.html", batch=batch, may_undo=batches.may_undo(batch))


@bp.post("/<int:batch_id>/reversal")
def create_reversal(batch_id: int) -> ResponseReturnValue:
    """Take back what was done, wherever nobody has changed it since."""
    with transaction() as session:
        reversal = batches.undo(session, actor=current_actor(), batch_id=batch_id, now=utc_now())
        reversal_id = reversal.id
    return redirect(url_for(".show_batch", batch_id=reversal_id, **kept()), 303)
