"""The pages on which staff curate search: try a query, pin results, keep synonyms."""

from typing import Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.i18n import LANGUAGE_NAMES
from portal.search.curation import queries, service
from portal.search.curation.forms import COLUMNS, PinForm, SynonymForm, rules_in
from portal.search.parsing import parse
from portal.search.queries import LONGEST_QUERY, Question, Results, results_for
from portal.web.errors import explain
from portal.web.flashes import offer_undo
from portal.web.paging import asked_page
from portal.web.redirects import came_from
from portal.web.spreadsheets import csv_answer

bp = Blueprint("curation", __name__, url_prefix="/staff/search")
bp.before_request(require_staff)

ROWS_A_PAGE: Final = 50


def _typed(name: str) -> str:
    return request.args.get(name, "").replace("\x00", " ").strip()[:LONGEST_QUERY]


def _language() -> str:
    wanted = request.args.get("language", "")
    return wanted if wanted in LANGUAGE_NAMES else str(get_locale())


def _found(text: str, *, is_curated: bool) -> Results:
    question = Question(text=text, reader_language=_language(), is_curated=is_curated)
    return results_for(db.session(), current_actor(), current_app.extensions["searcher"], question)


@bp.get("/")
def show_trial() -> ResponseReturnValue:
    """Show what a query gives with pins and synonyms and without, and offer what can be pinned to it."""
    session, actor, text, words = db.session(), current_actor(), _typed("q"), _typed("words")
    plain = _found(text, is_curated=False) if text else None
    return render_template(
        "search/staff/trial.html",
        text=text,
        words=words,
        reader_language=_language(),
        curated=_found(text, is_curated=True) if text else None,
        plain=plain,
        places={found.group: place for place, found in enumerate(plain.found, start=1)} if plain else {},
        others=_found(words, is_curated=False) if words else None,
        asked=parse(text),
        pins={pin.group: pin for pin in queries.pins_of(session, actor, parse(text).text)},
        rules=queries.rules_at_work(session, actor, text),
    )


@bp.get("/synonyms/")
def list_synonyms() -> ResponseReturnValue:
    """Show the rules and offer the form for another, or with `format=csv` give them as a file."""
    if request.args.get("format") == "csv":
        listed = queries.synonyms_for(db.session(), current_actor(), _typed("contains"))
        rules = [(one.synonym.words, one.synonym.means, one.synonym.is_both_ways) for one in listed]
        table = [(words, means, "yes" if both else "no") for words, means, both in rules]
        return csv_answer([COLUMNS, *table], name="synonyms")
    prefilled = {"words": _typed("words"), "means": _typed("means"), "is_both_ways": True}
    return _synonyms(SynonymForm(formdata=None, data=prefilled))


def _synonyms(form: SynonymForm) -> str:
    contains = _typed("contains")
    listed = queries.synonyms_for(db.session(), current_actor(), contains)
    return render_template(
        "search/staff/synonyms.html", form=form, contains=contains, page=asked_page(ROWS_A_PAGE).of(listed)
    )


@bp.post("/synonyms/")
def create_synonym() -> ResponseReturnValue:
    """Add a rule."""
    form = SynonymForm()
    if form.accept():
        try:
            with transaction() as session:
                service.add_synonym(
                    session,
                    actor=current_actor(),
                    words=form.words.data,
                    means=form.means.data,
                    is_both_ways=form.is_both_ways.data,
                    now=utc_now(),
                )
            flash(_("Added. It holds from now on."), "success")
            return redirect(url_for(".list_synonyms"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _synonyms(form), 422


@bp.post("/synonyms/files")
def create_synonyms() -> ResponseReturnValue:
    """Add the rules of a file that are new."""
    content = request.files.get("file", FileStorage()).read()
    with transaction() as session:
        added = service.add_synonyms(session, actor=current_actor(), rules=rules_in(content), now=utc_now())
    flash(ngettext("%(num)d rule added.", "%(num)d rules added.", added), "success")
    return redirect(url_for(".list_synonyms"), 303)


@bp.get("/synonyms/<int:synonym_id>")
def show_synonym(synonym_id: int) -> ResponseReturnValue:
    """Offer a rule for changing."""
    synonym = queries.synonym_for(db.session(), current_actor(), synonym_id)
    return render_template("search/staff/synonym.html", synonym=synonym, form=SynonymForm.of(synonym))


@bp.post("/synonyms/<int:synonym_id>")
def update_synonym(synonym_id: int) -> ResponseReturnValue:
    """Let a rule say something else."""
    form = SynonymForm()
    if form.accept():
        try:
            with transaction() as session:
                service.update_synonym(
                    session,
                    actor=current_actor(),
                    synonym_id=synonym_id,
                    words=form.words.data,
                    means=form.means.data,
                    is_both_ways=form.is_both_ways.data,
                    now=utc_now(),
                )
            flash(_("Saved. It holds from now on."), "success")
            return redirect(url_for(".list_synonyms"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    synonym = queries.synonym_for(db.session(), current_actor(), synonym_id)
    return render_template("search/staff/synonym.html", synonym=synonym, form=form), 422


@bp.post("/synonyms/<int:synonym_id>/removal")
def create_synonym_removal(synonym_id: int) -> ResponseReturnValue:
    """Let a rule hold no more or, with `_method=delete`, hold again."""
    actor = current_actor()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.restore_synonym(session, actor=actor, synonym_id=synonym_id)
            flash(_("It holds again."), "success")
        else:
            service.remove_synonym(session, actor=actor, synonym_id=synonym_id, now=utc_now())
            offer_undo(_("Removed."), action=request.path, fields=[])
    return redirect(url_for(".list_synonyms"), 303)


@bp.get("/pins/")
def list_pins() -> ResponseReturnValue:
    """Show what is pinned to which query."""
    contains = _typed("contains")
    listed = queries.pins_for(db.session(), current_actor(), contains)
    return render_template(
        "search/staff/pins.html",
        contains=contains,
        language_names=LANGUAGE_NAMES,
        page=asked_page(ROWS_A_PAGE).of(listed),
    )


@bp.post("/pins/")
def create_pin() -> ResponseReturnValue:
    """Let a result stand first for a query, for readers of any language."""
    query = request.form.get("query", "")
    with transaction() as session:
        service.add_pin(
            session,
            actor=current_actor(),
            query=query,
            language=None,
            group=request.form.get("group", ""),
            now=utc_now(),
        )
    flash(_("Pinned. It stands first from now on."), "success")
    return redirect(came_from(request, default=url_for(".show_trial", q=query)), 303)


@bp.get("/pins/<int:pin_id>")
def show_pin(pin_id: int) -> ResponseReturnValue:
    """Offer a pin for changing."""
    return _pin(pin_id, PinForm.of(queries.pin_for(db.session(), current_actor(), pin_id)))


def _pin(pin_id: int, form: PinForm) -> str:
    session = db.session()
    pin = queries.pin_for(session, current_actor(), pin_id)
    texts = queries.texts_of(session, [pin.group])
    return render_template("search/staff/pin.html", pin=pin, texts=texts, form=form)


@bp.post("/pins/<int:pin_id>")
def update_pin(pin_id: int) -> ResponseReturnValue:
    """Pin a result to another query, for other readers, or at another place."""
    form = PinForm()
    if form.accept():
        try:
            with transaction() as session:
                service.update_pin(
                    session,
                    actor=current_actor(),
                    pin_id=pin_id,
                    query=form.query.data,
                    language=form.language.data or None,
                    place=form.place.data,
                    now=utc_now(),
                )
            flash(_("Saved. It holds from now on."), "success")
            return redirect(url_for(".list_pins"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _pin(pin_id, form), 422


@bp.post("/pins/<int:pin_id>/removal")
def create_pin_removal(pin_id: int) -> ResponseReturnValue:
    """Let a result stand where it is found or, with `_method=delete`, first again."""
    actor = current_actor()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.restore_pin(session, actor=actor, pin_id=pin_id)
            flash(_("It stands first again."), "success")
        else:
            service.remove_pin(session, actor=actor, pin_id=pin_id, now=utc_now())
            offer_undo(_("Removed."), action=request.path, fields=[])
    return redirect(came_from(request, default=url_for(".list_pins")), 303)
