"""The pages on which a second person looks at a text before readers do."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.content.comparison import differences
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.knowledge import queries, workflow
from portal.knowledge.editing import reviews
from portal.knowledge.editing.forms import ReviewForm
from portal.knowledge.editing.queries import written_for
from portal.knowledge.models import Verdict
from portal.knowledge.rendering import rendered_text
from portal.web.errors import explain

bp = Blueprint("knowledge_reviews", __name__, url_prefix="/staff/articles")
bp.before_request(require_staff)


@bp.get("/reviews/")
def list_reviews() -> ResponseReturnValue:
    """Show the texts that wait for a second person, the longest first."""
    waiting = reviews.waiting_for(db.session(), current_actor())
    return render_template("knowledge/staff/reviews.html", waiting=waiting)


@bp.get("/<int:article_id>/<language>/review")
def show_review(article_id: int, language: str) -> ResponseReturnValue:
    """Show the newest text, how it differs from what readers see, and the form to say what to do."""
    return _page(ReviewForm(formdata=None), article_id, language)


def _page(form: ReviewForm, article_id: int, language: str, *, changed_meanwhile: bool = False) -> str:
    session = db.session()
    written = written_for(session, current_actor(), article_id, language)
    text, newest = written.translation, written.newest
    return render_template(
        "knowledge/staff/review.html",
        form=form,
        writing=written,
        changed_meanwhile=changed_meanwhile,
        found=differences(text, newest) if text.live_number else {},
        html=rendered_text(session, newest.body, language).html,
    )


@bp.post("/<int:article_id>/<language>/review")
def create_review(article_id: int, language: str) -> ResponseReturnValue:
    """Approve the text that was read, or ask for changes; if it changed meanwhile, show what it says now."""
    form, status = ReviewForm(), 422
    if form.accept():
        try:
            with transaction() as session:
                actor = current_actor()
                article = queries.editable_article_for(session, actor, article_id)
                workflow.review(
                    session,
                    actor=actor,
                    article=article,
                    language=language,
                    number=form.number.data,
                    verdict=form.verdict.data,
                    comment=form.comment.data or "",
                    now=utc_now(),
                )
            is_approved = form.verdict.data is Verdict.APPROVED
            flash(_("Approved.") if is_approved else _("Sent back to its author."), "success")
            return redirect(url_for(".list_reviews"), 303)
        except InvalidError as error:
            form[error.field or "comment"].errors = [explain(error)]
        except ConflictError:
            status = 409
    return _page(form, article_id, language, changed_meanwhile=status == 409), status  # noqa: PLR2004  # HTTP.
