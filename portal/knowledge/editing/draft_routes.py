"""Where a form is kept while someone types into it."""

from typing import Final

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import transaction
from portal.knowledge.editing import drafts
from portal.web.language import require_language
from portal.web.numbers import row_number

bp = Blueprint("knowledge_drafts", __name__, url_prefix="/staff/articles")
bp.before_request(require_staff)

KEPT: Final = (
    "title",
    "summary",
    "body",
    "says_source",
    "source_number",
    "significance",
    "note",
    "publish_at",
    "section_id",
    "audience",
)


@bp.post("/new/<language>/draft")
def keep_new(language: str) -> ResponseReturnValue:
    """Keep what was typed into the form of a new article (or, with `_method=delete`, forget it)."""
    return _keep(None, language, url_for("knowledge_staff.new_article", language=language))


@bp.post("/<int:article_id>/<language>/draft")
def keep_text(article_id: int, language: str) -> ResponseReturnValue:
    """Keep what was typed into a text's form (or, with `_method=delete`, forget it)."""
    form = url_for("knowledge_staff.show_translation", article_id=article_id, language=language)
    return _keep(article_id, language, form)


def _keep(article_id: int | None, language: str, form: str) -> ResponseReturnValue:
    actor = current_actor()
    require_language(language)
    if request.form.get("_method") == "delete":
        with transaction() as session:
            drafts.discard(session, actor=actor, article_id=article_id, language=language)
        return redirect(form, 303)
    fields = {name: request.form[name] for name in KEPT if name in request.form}
    base_number = request.form.get("base_number", type=row_number)
    with transaction() as session:
        drafts.keep(
            session,
            actor=actor,
            article_id=article_id,
            language=language,
            fields=fields,
            base_number=base_number,
            now=utc_now(),
        )
    return "", 204
