"""The drafts of a person: kept while they write, listed, read, discarded and brought back."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.forum.drafts import queries, service
from portal.forum.drafts.forms import kept_here, text_sent, window_sent
from portal.forum.drafts.models import PostDraft
from portal.forum.drafts.queries import Where
from portal.forum.drafts.service import Begun
from portal.web.errors import explain
from portal.web.flashes import offer_undo
from portal.web.limits import limiter

bp = Blueprint("forum_drafts", __name__, url_prefix="/me/drafts")


@bp.get("/")
@login_required
def list_drafts() -> ResponseReturnValue:
    """Show what one has begun to write."""
    drafts = queries.drafts_for(db.session(), current_actor())
    wheres = queries.wheres_for(db.session(), current_actor(), drafts, language=str(get_locale()))
    return render_template(
        "drafts/list.html",
        drafts=drafts,
        wheres=wheres,
        most=service.DRAFTS_A_PERSON,
        days=service.KEPT_FOR.days,
    )


@bp.get("/<int:draft_id>")
@login_required
def show_draft(draft_id: int) -> ResponseReturnValue:
    """Show a draft to be read and copied, and lead to where it can go on."""
    draft = queries.draft_for(db.session(), current_actor(), draft_id)
    return render_template("drafts/draft.html", draft=draft, where=_where(draft))


def _where(draft: PostDraft) -> Where:
    wheres = queries.wheres_for(db.session(), current_actor(), [draft], language=str(get_locale()))
    return wheres[draft.id]


@bp.post("/")
@login_required
@limiter.limit("600 per minute")
def keep_draft() -> ResponseReturnValue:
    """Keep what was typed into a form."""
    if request.accept_mimetypes.best == "application/json":
        draft = _keep(text_sent())
        return jsonify(version=draft.version if draft else 0)
    flash(_("Draft saved."), "success")
    return keep_and_return(request.form.get("body", ""))


def keep_and_return(body: str) -> ResponseReturnValue:
    """Keep what was typed, with another body, and lead back to the form; what cannot be kept is shown."""
    text = text_sent(body)
    try:
        draft = _keep(text)
    except (InvalidError, ConflictError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        theirs = kept_here(request.form.get("place", "")).draft
        page = render_template("drafts/unsaved.html", text=text, theirs=theirs, problem=explain(error))
        return page, status
    if draft is None:
        return redirect(url_for(".list_drafts"), 303)
    where = _where(draft)
    return redirect(where.path or url_for(".show_draft", draft_id=draft.id), 303)


def _keep(text: Begun) -> PostDraft | None:
    with transaction() as session:
        return service.save(
            session,
            actor=current_actor(),
            place=request.form.get("place", ""),
            text=text,
            window=window_sent(),
            now=utc_now(),
        )


@bp.post("/<int:draft_id>/discarding")
@login_required
def create_discarding(draft_id: int) -> ResponseReturnValue:
    """Put a draft away (or, with `_method=delete`, bring it back)."""
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.bring_back(session, actor=current_actor(), draft_id=draft_id)
            flash(_("The draft is there again."), "success")
        else:
            service.discard(session, actor=current_actor(), draft_id=draft_id, now=utc_now())
            offer_undo(_("Draft discarded."), action=request.path, fields=())
    return redirect(url_for(".list_drafts"), 303)
