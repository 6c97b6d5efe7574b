"""What the editor asks while an article is written."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext

from portal.accounts.current import require_staff
from portal.content.images import undescribed
from portal.content.variants import Choice, choose
from portal.core.db import db
from portal.knowledge.reading.variants import label_of
from portal.knowledge.rendering import rendered_text
from portal.web.language import require_language
from portal.web.limits import limiter

bp = Blueprint("knowledge_editor", __name__, url_prefix="/staff/articles")
bp.before_request(require_staff)


@bp.post("/preview")
@limiter.limit("600 per minute")
def create_preview() -> ResponseReturnValue:
    """Show what a text will look like, made by the renderer that will make it."""
    language = require_language(request.args.get("language") or str(get_locale()))
    html = rendered_text(db.session(), request.form.get("body", ""), language).html
    partial = bool(request.headers.get("HX-Request"))
    return render_template(
        "knowledge/staff/text_fragment.html" if partial else "knowledge/staff/text.html",
        html=choose(html, Choice(), label_of),
        notice=_notice_of(html),
        written=language,
    )


def _notice_of(html: str) -> str:
    """Return what an author should know about the images of a text; nothing if all have a description."""
    if not (count := undescribed(html)):
        return ""
    notice: str = ngettext(
        "%(num)d picture has no description. People who cannot see it will not know what it shows.",
        "%(num)d pictures have no description. People who cannot see them will not know what they show.",
        count,
    )
    return notice


def remind_to_describe(html: str) -> None:
    """Tell the author of a saved text, on the next page, about its images without a description."""
    if notice := _notice_of(html):
        flash(notice, "warning")
