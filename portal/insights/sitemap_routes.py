"""The sitemap, for search engines."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from portal.core import revisions
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db
from portal.core.errors import NotFoundError
from portal.insights.sitemap import Sitemap
from portal.web.documents import Document, send
from portal.web.fragments import fragments
from portal.web.sitemaps import write_index, write_sitemap

bp = Blueprint("sitemap", __name__)


@bp.get("/sitemap.xml")
def show_sitemap() -> ResponseReturnValue:
    """List every page that anyone may read, or the parts of that list when it is long."""
    return send(_kept(None))


@bp.get("/sitemap-<int:number>.xml")
def show_part(number: int) -> ResponseReturnValue:
    """List a part of the pages that anyone may read."""
    return send(_kept(number))


def _kept(number: int | None) -> Document:
    numbers = revisions.numbers(db.session(), "knowledge", "forum")
    return fragments().get(("sitemap", number, numbers), lambda: _made(number))


def _made(number: int | None) -> Document:
    settings: Settings = current_app.extensions["settings"]
    sitemap = Sitemap(db.session(), settings.languages, now=utc_now())
    numbers = range(1, sitemap.parts + 1)
    if number is None and sitemap.parts > 1:
        return write_index(f"/sitemap-{part}.xml" for part in numbers)
    if number is not None and number not in numbers:
        raise NotFoundError("part of the sitemap")
    return write_sitemap(sitemap.pages(number or 1))
