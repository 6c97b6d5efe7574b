"""How far readers watch the videos of articles."""

from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from portal.accounts.current import current_actor, note
from portal.content.videos import videos_in
from portal.core.db import db
from portal.core.errors import InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.knowledge import queries
from portal.web.limits import limiter

bp = Blueprint("knowledge_videos", __name__, url_prefix="/help")

PARTS: Final = frozenset({25, 50, 75, 100})


@bp.post("/articles/<int:article_id>/videos")
@limiter.limit("120 per minute")
def create_watching(article_id: int) -> ResponseReturnValue:
    """Note that a reader watched a quarter, a half, three quarters or all of a video in an article.

    Raises:
        InvalidError: it is another part.
        NotFoundError: the article, in the language that was read, holds no such video.
    """
    video, percent = request.form.get("video", ""), request.form.get("percent", 0, type=int)
    if percent not in PARTS:
        raise InvalidError(N_("Say how much of the video was watched: 25, 50, 75 or 100."))
    language = request.form.get("language") or str(get_locale())
    translation = queries.article_for(db.session(), current_actor(), article_id, language=language)
    if video not in videos_in(translation.body_html):
        raise NotFoundError("video")
    note("video.watched", subject=f"article:{article_id}", video=video, percent=percent)
    return "", 204
