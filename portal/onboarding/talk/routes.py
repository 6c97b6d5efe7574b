"""The page of a step, and what people say there, over HTTP."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.content.comparison import Differences, compare
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.files.attachments.routes import keep_sent, notice_of
from portal.files.attachments.rules import written
from portal.notifications.watching import see
from portal.onboarding import rules
from portal.onboarding.history.queries import NEWEST, acts_for
from portal.onboarding.paths import path_of_comment
from portal.onboarding.peers.queries import peer_counts
from portal.onboarding.people import policies as people
from portal.onboarding.people.queries import assignees_of, candidates_of
from portal.onboarding.queries import step_to_read_for
from portal.onboarding.routes import about, home_of, today
from portal.onboarding.talk import policies, queries, service
from portal.onboarding.talk.forms import CommentForm
from portal.onboarding.talk.models import StepComment
from portal.web.errors import STATUS, explain
from portal.web.flashes import offer_undo
from portal.web.limits import limiter

bp = Blueprint("onboarding_talk", __name__, url_prefix="/onboarding")


@bp.get("/steps/<int:step_id>")
@login_required
def show_step(step_id: int) -> ResponseReturnValue:
    """Show a step with all that belongs to it."""
    see(f"step:{step_id}")
    return _page(step_id, CommentForm(formdata=None))


def _page(step_id: int, form: CommentForm) -> str:
    session, actor = db.session(), current_actor()
    step = step_to_read_for(session, actor, step_id)
    path = rules.path_of(step.checklist, today=today())
    assignees, may_assign = assignees_of(session, [step]), people.may_assign(actor, step)
    doing = assignees.get(step.id, ())
    return render_template(
        "onboarding/talk.html",
        checklist=step.checklist,
        stop=next(stop for stop in path.stops if stop.step is step),
        form=form,
        home=home_of(step.checklist_id),
        comments=queries.comments_of(session, actor, step),
        comment_policies=policies,
        candidates=[one for one in candidates_of(session, step) if one not in doing] if may_assign else (),
        may_assign=may_assign,
        may_take=people.may_take(actor, step),
        step_acts=acts_for(session, actor, step.checklist_id, step_id=step.id).rows[:NEWEST],
        assignees=assignees,
        peer_counts={} if step.is_done else peer_counts(session, [step], now=utc_now()),
        **about([step]),
    )


@bp.post("/steps/<int:step_id>/comments")
@login_required
@limiter.limit("60 per minute")
def create_comment(step_id: int) -> ResponseReturnValue:
    """Say something about a step; if that cannot be, what was typed stays on the page."""
    form = CommentForm()
    try:
        _take_file(form)
        if not form.accept():
            return _page(step_id, form), 422
        with transaction() as session:
            comment = service.comment(
                session, actor=current_actor(), step_id=step_id, body=form.body.data or "", now=utc_now()
            )
            url = _url_of(comment)
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _page(step_id, form), STATUS[type(error)]
    flash(_("Posted."), "posted")
    return redirect(url, 303)


def _take_file(form: CommentForm) -> None:
    """Put at the end of the text a file that came along, as no script had sent it before.

    Raises:
        InvalidError: the file cannot be added.
    """
    if request.files.get("file"):
        upload, file = keep_sent()
        if notice := notice_of(upload):
            flash(notice, "info")
        form.body.data = f"{form.body.data or ''}\n\n{written(file)}".strip()


def _url_of(comment: StepComment) -> str:
    return path_of_comment(comment.step_id, comment.id)


@bp.get("/comments/<int:comment_id>/text")
@login_required
def edit_comment(comment_id: int) -> ResponseReturnValue:
    """Offer what a comment says for change."""
    comment = _own(comment_id)
    if not policies.may_edit(current_actor(), comment):
        raise ForbiddenError("edit comment")
    return _edit_page(comment, CommentForm(formdata=None, body=comment.body, edition=comment.edition))


def _own(comment_id: int) -> StepComment:
    comment = queries.comment_for(db.session(), current_actor(), comment_id)
    if comment.author_id != current_actor().user_id:
        raise ForbiddenError("edit comment")
    return comment


def _edit_page(comment: StepComment, form: CommentForm, theirs: Differences | None = None) -> str:
    return render_template(
        "onboarding/edit_comment.html", comment=comment, form=form, theirs=theirs, back=_url_of(comment)
    )


@bp.post("/comments/<int:comment_id>/text")
@login_required
@limiter.limit("60 per minute")
def update_comment(comment_id: int) -> ResponseReturnValue:
    """Change what a comment says; if it cannot be, what was typed stays on the page."""
    form = CommentForm()
    try:
        _take_file(form)
        if not form.accept():
            return _edit_page(_own(comment_id), form), 422
        with transaction() as session:
            comment = service.edit(
                session,
                actor=current_actor(),
                comment_id=comment_id,
                body=form.body.data or "",
                edition=form.edition.data or 0,
                now=utc_now(),
            )
            url = _url_of(comment)
    except service.StaleCommentError:
        comment = _own(comment_id)
        form.edition.data = comment.edition
        return _edit_page(comment, form, {"body": compare(comment.body, form.body.data or "")}), 409
    except ConflictError as error:
        form.blame(None, explain(error))
        return _edit_page(_own(comment_id), form), 409
    except InvalidError as error:
        form.blame(error.field, explain(error))
        return _edit_page(_own(comment_id), form), STATUS[type(error)]
    flash(_("Changed."), "posted")
    return redirect(url, 303)


@bp.post("/comments/<int:comment_id>/removal")
@login_required
def create_removal(comment_id: int) -> ResponseReturnValue:
    """Take a comment back (or, with `_method=delete`, put it there again)."""
    actor, now = current_actor(), utc_now()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            comment = service.restore(session, actor=actor, comment_id=comment_id)
            flash(_("It is there again."), "success")
        else:
            comment = service.remove(session, actor=actor, comment_id=comment_id, now=now)
            offer_undo(_("Removed."), action=request.path, fields=())
        url = _url_of(comment)
    return redirect(url, 303)
