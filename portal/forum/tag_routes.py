"""Tags: their pages for readers, and those on which staff keep them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.core.paging import Cursor
from portal.forum import queues, tags
from portal.forum.tag_forms import TagForm
from portal.notifications.watching import meet
from portal.web.errors import explain

bp = Blueprint("forum_tags", __name__, url_prefix="/community/tags")
staff_bp = Blueprint("forum_tags_staff", __name__, url_prefix="/staff/tags")
staff_bp.before_request(require_staff)


@bp.get("/")
def list_tags() -> ResponseReturnValue:
    """Show all tags, with how many topics each gathers."""
    session = db.session()
    counts = tags.counts_for(session, current_actor())
    return render_template("forum/tags.html", tags=tags.all_tags(session), counts=counts)


@bp.get("/<slug>")
def show_tag(slug: str) -> ResponseReturnValue:
    """Show the topics under a tag."""
    session, actor = db.session(), current_actor()
    tag = tags.tag_at(session, slug)
    queue, start = request.args.get("queue", "all"), request.args.get("after", "")
    page = queues.topics_for(session, actor, tag=tag, queue=queue, after=Cursor.decode(start))
    watch = meet(f"tag:{tag.id}")
    return render_template("forum/tag.html", tag=tag, queue=queue, page=page, watch=watch)


@staff_bp.get("/")
def keep_tags() -> ResponseReturnValue:
    """Show all tags, and offer to add one."""
    return _tags_page(TagForm())


@staff_bp.post("/")
def create_tag() -> ResponseReturnValue:
    """Add a tag."""
    form = TagForm()
    if form.accept():
        try:
            with transaction() as session:
                tags.add_tag(session, actor=current_actor(), draft=form.draft)
            flash(_("Saved."), "success")
            return redirect(url_for(".keep_tags"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _tags_page(form), 422


def _tags_page(form: TagForm) -> str:
    session = db.session()
    counts = tags.counts_for(session, current_actor())
    return render_template("forum/staff_tags.html", form=form, tags=tags.all_tags(session), counts=counts)


@staff_bp.get("/<slug>")
def edit_tag(slug: str) -> ResponseReturnValue:
    """Offer a tag for changing."""
    tag = tags.tag_at(db.session(), slug)
    return _tag_page(slug, TagForm.of(tag, tags.synonyms_of(db.session(), tag)))


@staff_bp.post("/<slug>")
def update_tag(slug: str) -> ResponseReturnValue:
    """Change a tag."""
    form = TagForm()
    if form.accept():
        try:
            with transaction() as session:
                tags.update_tag(session, actor=current_actor(), slug=slug, draft=form.draft, now=utc_now())
            flash(_("Saved."), "success")
            return redirect(url_for(".keep_tags"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _tag_page(slug, form), 422


def _tag_page(slug: str, form: TagForm) -> str:
    session = db.session()
    others = [tag for tag in tags.all_tags(session) if tag.slug != slug]
    return render_template("forum/tag_form.html", tag=tags.tag_at(session, slug), form=form, others=others)


@staff_bp.post("/<slug>/merger")
def create_merger(slug: str) -> ResponseReturnValue:
    """Let another tag take over the topics and words of one."""
    with transaction() as session:
        tags.merge_tag(
            session, actor=current_actor(), slug=slug, into=request.form.get("into", ""), now=utc_now()
        )
    flash(_("Merged."), "success")
    return redirect(url_for(".keep_tags"), 303)


@staff_bp.post("/<slug>/removal")
def create_removal(slug: str) -> ResponseReturnValue:
    """Take a tag away from all topics."""
    with transaction() as session:
        tags.remove_tag(session, actor=current_actor(), slug=slug, now=utc_now())
    flash(_("Removed."), "success")
    return redirect(url_for(".keep_tags"), 303)
