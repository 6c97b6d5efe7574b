"""The pages on which staff say where an article's readers go on, and let one article take over another."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import NotFoundError
from portal.knowledge import queries
from portal.knowledge.models import Article, Translation
from portal.knowledge.queries import ArticleLink
from portal.knowledge.structure import merging, see_also
from portal.web.numbers import row_number
from portal.web.ordering import sent_move

bp = Blueprint("knowledge_structure", __name__, url_prefix="/staff/articles/<int:article_id>")
bp.before_request(require_staff)


def _language() -> str:
    return str(get_locale())


def _text_of(article: Article) -> Translation:
    """Return what an article says in the language of the page, or in another there is."""
    text = article.translation_in(_language()) or next(iter(article.translations), None)
    if text is None:
        raise NotFoundError("translation")
    return text


def _found(article_id: int, *, drafts: bool = True) -> Sequence[ArticleLink]:
    """Return the articles that someone looks for, besides one."""
    words = request.args.get("q", "").strip()
    if not words:
        return ()
    session, actor, language = db.session(), current_actor(), _language()
    return see_also.articles_named(
        session, actor, words, language=language, besides=article_id, drafts=drafts
    )


def _wanted_other() -> int:
    """Return the article that the form names.

    Raises:
        NotFoundError: it names none.
    """
    try:
        return row_number(request.form.get("other_id", ""))
    except ValueError as error:
        raise NotFoundError("article") from error


@bp.get("/links")
def show_links(article_id: int) -> ResponseReturnValue:
    """Show where an article's page points, and what was merged into it."""
    session, actor, language = db.session(), current_actor(), _language()
    article = queries.editable_article_for(session, actor, article_id)
    return render_template(
        "knowledge/staff/links.html",
        article=article,
        text=_text_of(article),
        chosen=see_also.see_also_of(session, actor, article_id, language=language),
        found=_found(article_id),
        merged=[_text_of(other) for other in merging.merged_into(session, article_id)],
        linking=merging.linking_to(session, article_id),
        target=_target_of(article),
    )


def _target_of(article: Article) -> Translation | None:
    if article.merged_into_id is None:
        return None
    return _text_of(queries.article_with_texts(db.session(), article.merged_into_id))


@bp.post("/links")
def create_link(article_id: int) -> ResponseReturnValue:
    """Let an article point to another (or, with `_method=delete`, no more)."""
    actor, other_id = current_actor(), _wanted_other()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            see_also.point_no_more(session, actor=actor, article_id=article_id, other_id=other_id)
        else:
            both = request.form.get("both_ways") == "yes"
            see_also.point_to(session, actor=actor, article_id=article_id, other_id=other_id, both_ways=both)
    return redirect(url_for(".show_links", article_id=article_id, _anchor="see-also"), 303)


@bp.post("/links/order")
def update_link_order(article_id: int) -> ResponseReturnValue:
    """Name one of the articles before another."""
    actor, move = current_actor(), sent_move()
    with transaction() as session:
        see_also.put_before(
            session, actor=actor, article_id=article_id, other_id=move.item, before_id=move.before
        )
    if request.headers.get("HX-Request"):
        chosen = see_also.see_also_of(db.session(), actor, article_id, language=_language())
        return render_template("knowledge/staff/see_also.html", article_id=article_id, chosen=chosen)
    return redirect(url_for(".show_links", article_id=article_id, _anchor=f"item-{move.item}"), 303)


@bp.get("/merge")
def new_merger(article_id: int) -> ResponseReturnValue:
    """Offer articles into which one can be merged; once one is chosen, show what comes of it."""
    session, actor = db.session(), current_actor()
    article = queries.editable_article_for(session, actor, article_id)
    target_id = request.args.get("target", type=row_number)
    merger = merging.merger_for(session, actor, article_id, target_id) if target_id else None
    return render_template(
        "knowledge/staff/merge.html",
        article=article,
        text=_text_of(article),
        found=_found(article_id, drafts=not any(text.is_published for text in article.translations)),
        merger=merger,
        target=_text_of(merger.target) if merger else None,
    )


@bp.post("/merge")
def create_merger(article_id: int) -> ResponseReturnValue:
    """Merge an article into another (or, with `_method=delete`, part them again)."""
    actor = current_actor()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            merging.part(session, actor=actor, article_id=article_id, now=utc_now())
            flash(_("It stands by itself again."), "success")
            return redirect(url_for(".show_links", article_id=article_id), 303)
        target_id = _wanted_other()
        merging.merge(session, actor=actor, article_id=article_id, target_id=target_id, now=utc_now())
    flash(_("Merged. Every address of the old article leads here now."), "success")
    return redirect(url_for(".show_links", article_id=target_id), 303)
