"""Notes about accounts, over HTTP."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.content.comparison import Differences, compare
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.paging import Cursor
from portal.health.notes import policies, queries, service
from portal.health.notes.forms import NoteForm
from portal.health.notes.models import AccountNote
from portal.health.queries import account_for
from portal.web.errors import explain
from portal.web.flashes import offer_undo

bp = Blueprint("account_notes", __name__, url_prefix="/staff/accounts/<int:account_id>/notes")
bp.before_request(require_staff)
bp.add_app_template_global(policies.may_change, "may_change_note")


@bp.get("/")
def list_notes(account_id: int) -> ResponseReturnValue:
    """Show all that staff have written down about an account."""
    return _list_page(account_id, NoteForm(formdata=None))


@bp.post("/")
def create_note(account_id: int) -> ResponseReturnValue:
    """Write something down; what cannot be kept stays on the page."""
    form, actor = NoteForm(), current_actor()
    account_for(db.session(), actor, account_id)
    if not form.accept():
        return _list_page(account_id, form), 422
    try:
        with transaction() as session:
            service.add(session, actor=actor, account_id=account_id, body=form.body.data or "", now=utc_now())
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _list_page(account_id, form), 422
    flash(_("The note is kept."), "posted")
    return redirect(_back(account_id), 303)


@bp.get("/<int:note_id>")
def edit_note(account_id: int, note_id: int) -> ResponseReturnValue:
    """Offer a note to be changed."""
    note = _own(account_id, note_id)
    return _edit_page(note, NoteForm(formdata=None, obj=note))


@bp.post("/<int:note_id>")
def update_note(account_id: int, note_id: int) -> ResponseReturnValue:
    """Change a note; what cannot be kept stays on the page, beside what someone else made of it."""
    form, note = NoteForm(), _own(account_id, note_id)
    if not form.accept():
        return _edit_page(note, form), 422
    try:
        with transaction() as session:
            service.edit(
                session,
                actor=current_actor(),
                account_id=account_id,
                note_id=note_id,
                body=form.body.data or "",
                edition=form.edition.data or 0,
                now=utc_now(),
            )
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _edit_page(note, form), 422
    except ConflictError as error:
        form.blame(None, explain(error))
        note = _own(account_id, note_id)
        form.edition.data = note.edition
        return _edit_page(note, form, {"body": compare(note.body, form.body.data or "")}), 409
    flash(_("Changed."), "posted")
    return redirect(_back(account_id), 303)


@bp.post("/<int:note_id>/removal")
def create_removal(account_id: int, note_id: int) -> ResponseReturnValue:
    """Remove a note (or, with `_method=delete`, bring it back)."""
    actor = current_actor()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.restore(session, actor=actor, account_id=account_id, note_id=note_id)
            flash(_("It is there again."), "success")
        else:
            service.remove(session, actor=actor, account_id=account_id, note_id=note_id, now=utc_now())
            offer_undo(_("The note is removed."), action=request.path, fields=())
    return redirect(_back(account_id), 303)


@bp.post("/<int:note_id>/pin")
def create_pin(account_id: int, note_id: int) -> ResponseReturnValue:
    """Put a note above the others (or, with `_method=delete`, back among them)."""
    at = None if request.form.get("_method") == "delete" else utc_now()
    with transaction() as session:
        service.pin(session, actor=current_actor(), account_id=account_id, note_id=note_id, at=at)
    return redirect(_back(account_id), 303)


def _back(account_id: int) -> str:
    return url_for("health.show_account", account_id=account_id, _anchor="notes")


def _own(account_id: int, note_id: int) -> AccountNote:
    """Return a note that the reader may change.

    Raises:
        ForbiddenError: it is someone else's, and the reader is no admin.
    """
    actor = current_actor()
    note = queries.note_for(db.session(), actor, account_id, note_id)
    if not policies.may_change(actor, note):
        raise ForbiddenError("change note")
    return note


def _list_page(account_id: int, form: NoteForm) -> str:
    session, actor = db.session(), current_actor()
    after = Cursor.decode(request.args.get("after", ""))
    page = queries.notes_for(session, actor, account_id, after=after)
    return render_template(
        "health/notes/list.html",
        account=account_for(session, actor, account_id),
        notes=page.rows,
        next_cursor=page.next_cursor,
        note_form=form,
    )


def _edit_page(note: AccountNote, form: NoteForm, theirs: Differences | None = None) -> str:
    account = account_for(db.session(), current_actor(), note.account_id)
    return render_template("health/notes/edit.html", account=account, note=note, form=form, theirs=theirs)
