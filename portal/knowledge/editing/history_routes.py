"""What an article said before: its revisions, any two of them side by side, and one of them again."""

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.content.comparison import differences
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.knowledge.editing import history
from portal.knowledge.editing.queries import Written, revision_in, written_for
from portal.knowledge.rendering import rendered_text
from portal.web.numbers import row_number

bp = Blueprint(
    "knowledge_history", __name__, url_prefix="/staff/articles/<int:article_id>/<language>/revisions"
)
bp.before_request(require_staff)


@bp.get("/")
def list_revisions(article_id: int, language: str) -> ResponseReturnValue:
    """Show all revisions; with `from` and `to`, those two side by side."""
    written = written_for(db.session(), current_actor(), article_id, language)
    before, after = (request.args.get(name, type=row_number) for name in ("from", "to"))
    if before is None or after is None:
        revisions = history.revisions_for(db.session(), current_actor(), article_id, language)
        return render_template("knowledge/staff/revisions.html", writing=written, revisions=revisions)
    return _comparison(written, sorted((before, after)))


def _comparison(written: Written, numbers: Iterable[int]) -> str:
    before, after = (revision_in(db.session(), written.translation, number) for number in numbers)
    return render_template(
        "knowledge/staff/comparison.html",
        writing=written,
        before=before,
        after=after,
        found=differences(before, after),
    )


@bp.get("/<int:number>")
def show_revision(article_id: int, language: str, number: int) -> ResponseReturnValue:
    """Show what a text said, as its readers saw or would have seen it."""
    session = db.session()
    written = written_for(session, current_actor(), article_id, language)
    revision = revision_in(session, written.translation, number)
    return render_template(
        "knowledge/staff/revision.html",
        writing=written,
        revision=revision,
        html=rendered_text(session, revision.body, language).html,
    )


@bp.post("/<int:number>/restoration")
def restore(article_id: int, language: str, number: int) -> ResponseReturnValue:
    """Let the newest text say what an earlier revision said; readers see it once it is published."""
    with transaction() as session:
        is_new = history.restore(
            session,
            actor=current_actor(),
            article_id=article_id,
            language=language,
            number=number,
            now=utc_now(),
        )
    flash(_("Restored as a draft.") if is_new else _("The newest text says the same."), "success")
    return redirect(
        url_for("knowledge_staff.show_translation", article_id=article_id, language=language), 303
    )
