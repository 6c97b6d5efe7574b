"""Saying that articles are still true, and that they are not after all."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import transaction
from portal.knowledge.paths import path_of_upkeep
from portal.knowledge.upkeep import service as verification
from portal.web.flashes import offer_undo
from portal.web.numbers import row_number
from portal.web.redirects import came_from

bp = Blueprint("knowledge_upkeep", __name__, url_prefix="/staff/articles/upkeep")
bp.before_request(require_staff)


def _instant(text: str) -> datetime:
    """Read an instant; one without a zone is in UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@bp.post("/verifications")
def create_verifications() -> ResponseReturnValue:
    """Note that articles are still true (or, with `_method=delete`, that they are not after all)."""
    back = came_from(request, default=path_of_upkeep())
    if request.form.get("_method") == "delete":
        _take_back()
    else:
        _verify()
    return redirect(back, 303)


def _verify() -> None:
    now = utc_now()
    article_ids = request.form.getlist("article_id", type=row_number)
    if not article_ids:
        flash(_("Tick the articles that are still true first."), "warning")
        return
    with transaction() as session:
        verified = verification.verify(
            session,
            actor=current_actor(),
            article_ids=article_ids,
            seen_at=request.form.get("seen_at", now, type=_instant),
            now=now,
        )
    count = len(verified.verification_ids)
    if count:
        offer_undo(
            ngettext("Noted: it is still true.", "Noted: %(num)d articles are still true.", count),
            action=request.path,
            fields=[("verification_id", str(number)) for number in verified.verification_ids],
        )
    if verified.changed:
        flash(
            ngettext(
                "One article has changed since you looked, and was left as it is. Read it again first.",
                "%(num)d articles have changed since you looked, and were left as they are. "
                "Read them again first.",
                verified.changed,
            ),
            "warning",
        )


def _take_back() -> None:
    ids = request.form.getlist("verification_id", type=row_number)
    with transaction() as session:
        undone = verification.take_back(session, actor=current_actor(), verification_ids=ids, now=utc_now())
    if undone:
        flash(ngettext("Taken back.", "Taken back for %(num)d articles.", undone), "success")
    if undone < len(ids):
        flash(_("What someone has verified again since stays as it is."), "warning")
