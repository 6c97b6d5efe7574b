"""The pages of one post: its place, its text, what it said before, and whether it stands."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.content.comparison import Differences
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError, InvalidError
from portal.forum import editing, policies, queries, service, tags, verdicts
from portal.forum.drafts import places
from portal.forum.drafts import service as drafts
from portal.forum.drafts.forms import kept_as_sent, kept_here, window_sent
from portal.forum.drafts.queries import Kept
from portal.forum.forms import CommentForm, EditForm
from portal.forum.holding import holds_first, waits
from portal.forum.models import Post, PostRevision
from portal.forum.paths import path_of_post
from portal.forum.service import Draft
from portal.web.errors import explain
from portal.web.flashes import offer_undo
from portal.web.limits import limiter

bp = Blueprint("forum_posts", __name__, url_prefix="/community/posts/<int:post_id>")


@bp.get("")
def find_post(post_id: int) -> ResponseReturnValue:
    """Lead a short link to the post, wherever it stands by now."""
    post = queries.post_for(db.session(), current_actor(), post_id)
    page = path_of_post(post.topic, post.parent or post).partition("#")[0]
    return redirect(f"{page}#post-{post.id}")


@bp.get("/text")
@login_required
def edit_text(post_id: int) -> ResponseReturnValue:
    """Offer what a post says for change."""
    post = _editable(post_id)
    written = {"title": post.topic.title, "body": post.body, "edition": post.edition}
    if post.is_opening:
        written["tags"] = tags.names_of(db.session(), post.topic, language=str(get_locale()))
    kept = kept_here(places.to_edit(post_id, post.edition))
    if kept.draft:
        written |= {"title": kept.draft.title, "body": kept.draft.body, **kept.draft.fields}
    return _text_form(post, EditForm(data=written), kept)


@bp.post("/text")
@login_required
@limiter.limit("60 per minute")
def update_text(post_id: int) -> ResponseReturnValue:
    """Change what a post says; if it cannot be, what was typed stays on the page."""
    form, place = EditForm(), request.form.get("place", "")
    if not form.accept():
        return _text_form(_editable(post_id), form, kept_as_sent(place)), 422
    draft = Draft(title=form.title.data or "", body=form.body.data)
    try:
        with transaction() as session:
            post = editing.edit_post(
                session,
                actor=current_actor(),
                post_id=post_id,
                draft=draft,
                edition=form.edition.data,
                now=utc_now(),
            )
            if post.is_opening:
                tags.set_tags(
                    session,
                    actor=current_actor(),
                    topic_id=post.topic_id,
                    names=form.tags.names,
                    now=utc_now(),
                )
            drafts.finish(session, actor=current_actor(), place=place, window=window_sent())
            path = path_of_post(post.topic, post)
    except InvalidError as error:
        form[error.field or "body"].errors = [explain(error)]
        return _text_form(_editable(post_id), form, kept_as_sent(place)), 422
    except ForbiddenError:
        form.body.errors = [_("This cannot be changed any more. Copy your text from here before you leave.")]
        post = queries.post_for(db.session(), current_actor(), post_id)
        return _text_form(post, form, kept_as_sent(place)), 403
    except editing.StaleEditError:
        post = _editable(post_id)
        form.edition.data = post.edition
        theirs = editing.text_differences(PostRevision.of(post), draft)
        return _text_form(post, form, kept_as_sent(place), theirs=theirs), 409
    flash(_("Changed."), "posted")
    return redirect(path, 303)


def _editable(post_id: int) -> Post:
    session, actor = db.session(), current_actor()
    post = queries.post_for(session, actor, post_id)
    moderates = queries.moderates(session, actor, post.topic.board)
    if not policies.may_edit(actor, post, moderates=moderates):
        raise ForbiddenError("edit post")
    return post


def _text_form(post: Post, form: EditForm, kept: Kept, *, theirs: Differences | None = None) -> str:
    offered = tags.all_tags(db.session()) if post.is_opening else ()
    return render_template(
        "forum/edit_post.html", post=post, form=form, kept=kept, theirs=theirs, tags=offered
    )


@bp.get("/revisions")
@login_required
def list_revisions(post_id: int) -> ResponseReturnValue:
    """Show what a post said before, each beside what it said next."""
    session, actor = db.session(), current_actor()
    post = queries.post_for(session, actor, post_id)
    return render_template(
        "forum/revisions.html", post=post, changes=editing.changes_for(session, actor, post)
    )


@bp.post("/comments")
@login_required
@limiter.limit("60 per minute")
def create_comment(post_id: int) -> ResponseReturnValue:
    """Say something below a post; if that cannot be, what was typed stays on a page of its own."""
    form, status = CommentForm(), 422
    if form.accept():
        try:
            with transaction() as session:
                post = service.comment(
                    session,
                    actor=current_actor(),
                    post_id=post_id,
                    body=form.body.data,
                    holds_first=holds_first(),
                    now=utc_now(),
                )
                place = places.to_comment(post_id)
                drafts.finish(session, actor=current_actor(), place=place, window=window_sent())
                path, is_held = path_of_post(post.topic, post), post.is_held
            flash(waits() if is_held else _("Posted."), "posted")
            return redirect(path, 303)
        except InvalidError as error:
            form.body.errors = [explain(error)]
        except ForbiddenError:
            form.body.errors = [_("This topic was closed meanwhile. Keep your text for a new question.")]
            status = 403
    return _comment_page(post_id, form, kept_as_sent(places.to_comment(post_id))), status


@bp.get("/comments")
@login_required
def new_comment(post_id: int) -> ResponseReturnValue:
    """Offer to say something below a post."""
    kept = kept_here(places.to_comment(post_id))
    form = CommentForm(data={"body": kept.draft.body if kept.draft else ""})
    return _comment_page(post_id, form, kept)


def _comment_page(post_id: int, form: CommentForm, kept: Kept) -> str:
    post = queries.post_for(db.session(), current_actor(), post_id)
    return render_template("forum/new_comment.html", post=post, form=form, kept=kept)


@bp.post("/officiality")
@login_required
def create_officiality(post_id: int) -> ResponseReturnValue:
    """Say that the vendor stands behind an answer (or, with `_method=delete`, no longer does)."""
    is_official = request.form.get("_method") != "delete"
    with transaction() as session:
        post = verdicts.make_official(
            session, actor=current_actor(), post_id=post_id, is_official=is_official, now=utc_now()
        )
        path = path_of_post(post.topic, post)
    flash(_("Saved."), "success")
    return redirect(path, 303)


@bp.post("/removal")
@login_required
def create_removal(post_id: int) -> ResponseReturnValue:
    """Take a post back (or, with `_method=delete`, put it there again)."""
    actor, now = current_actor(), utc_now()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            post = editing.restore_post(session, actor=actor, post_id=post_id, now=now)
            flash(_("It is there again."), "success")
        else:
            post = editing.remove_post(session, actor=actor, post_id=post_id, now=now)
            action = url_for("forum_posts.create_removal", post_id=post_id)
            offer_undo(_("Removed. Only you and moderators still see it."), action=action, fields=())
        path = path_of_post(post.topic, post)
    return redirect(path, 303)
