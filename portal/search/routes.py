"""The search page, and suggestions while typing."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from portal.accounts.current import current_actor, note
from portal.content.extract import excerpt
from portal.core.db import db
from portal.search import choices, queries
from portal.search.clicks import address_of_result
from portal.search.engine import Facets, Searcher
from portal.search.extracts import Pieces
from portal.search.learning.queries import remembered_for
from portal.search.learning.rules import folded
from portal.search.models import DocumentKind
from portal.search.places import Places
from portal.search.why import reasons
from portal.web.paging import asked_page

bp = Blueprint("search", __name__)

KINDS: Final = {
    "articles": DocumentKind.ARTICLE,
    "topics": DocumentKind.TOPIC,
    "solved": DocumentKind.TOPIC,
}
SHORTEST_TITLE: Final = 3
SIMILAR: Final = 4
PASSAGE: Final = 1200
LAST_PAGE: Final = 100


bp.add_app_template_global(address_of_result)


@bp.app_template_filter()
def marked(pieces: Pieces) -> Markup:
    """Write a text as HTML, with its matches marked."""
    escaped = [f"<mark>{escape(text)}</mark>" if is_match else escape(text) for text, is_match in pieces]
    return Markup("".join(escaped))  # noqa: S704  # Each was escaped.


bp.add_app_template_filter(reasons)


def _places() -> Places:
    session = db.session()
    return Places(place for source in current_app.extensions["places"] for place in source(session))


def _question(places: Places | None = None) -> queries.Question:
    """Read what is looked for; without places it is looked for anywhere."""
    language = request.args.get("language", "")
    section = request.args.get("section", "")
    return queries.Question(
        text=request.args.get("q", "").replace("\x00", " ").strip(),
        reader_language=str(get_locale()),
        language=language if language in current_app.extensions["settings"].languages else None,
        kind=KINDS.get(request.args.get("in", "")),
        is_solved=request.args.get("in") == "solved",
        sections=places.within(section) if places and section else None,
        is_counted=places is not None,
        is_explained=bool(request.args.get("why")),
        has_meaning=not request.args.get("words"),
        is_corrected=not request.args.get("verbatim"),
        page=asked_page(queries.RESULTS_A_PAGE, last=LAST_PAGE).number,
    )


def _searcher() -> Searcher:
    searcher: Searcher = current_app.extensions["searcher"]
    return searcher


@bp.get("/search")
def show_results() -> ResponseReturnValue:
    """Show what was found, and what to do when it is not the answer."""
    places = _places()
    question = _question(places)
    results = queries.Results(found=(), total=0)
    if question.text:
        results = queries.results_for(db.session(), current_actor(), _searcher(), question)
        if question.page == 1:
            note(
                "search.performed",
                query=question.text[: queries.LONGEST_QUERY],
                results=results.total,
                language=question.wanted_language,
            )
    first = (question.page - 1) * queries.RESULTS_A_PAGE
    more = first + queries.RESULTS_A_PAGE < results.total
    return render_template(
        "search/results.html",
        question=question,
        results=results,
        first_rank=first + 1,
        more=more,
        kept=_kept(results),
        narrowing=_narrowing(question, places, results.facets),
    )


def _kept(results: queries.Results) -> Mapping[str, str | None]:
    """Return what of the address leads on: to the next page, and to the same question narrowed otherwise."""
    names = ("q", "in", "section", "language", "verbatim", "words", "why")
    kept = {name: request.args.get(name, "").replace("\x00", " ") or None for name in names}
    return kept | ({"words": "1"} if results.lacks_meaning else {})


def _narrowing(
    question: queries.Question, places: Places, facets: Facets | None
) -> Mapping[str, Sequence[choices.Choice]]:
    """Return what the results can be narrowed to, by what addresses call it; not by what the words say."""
    chosen = request.args.get("in") if question.kind else None
    section = request.args.get("section", "") if facets else ""
    found = places.choices(facets.sections if facets else {}, chosen=section, language=str(get_locale()))
    return {
        "in": () if question.parsed.kind else choices.kinds(facets, chosen=chosen),
        "language": choices.languages(facets, chosen=question.language),
        "section": [choice for choice in found if not choice.is_board],
        "board": [choice for choice in found if choice.is_board],
    }


@bp.get("/search/suggestions")
def list_suggestions() -> ResponseReturnValue:
    """Suggest while typing: an HTML fragment for the page, JSON for others."""
    question = _question()
    session, actor = db.session(), current_actor()
    found = queries.suggestions_for(session, actor, _searcher(), question) if question.text else ()
    titles = {folded(item.name) for item in found}
    remembered = remembered_for(session, actor, question.text[: queries.LONGEST_QUERY])
    searched_for = [text for text in remembered if folded(text) not in titles]
    if request.headers.get("HX-Request") or request.accept_mimetypes.best == "text/html":
        articles = [item for item in found if item.kind is DocumentKind.ARTICLE]
        solved = [item for item in found if item.kind is DocumentKind.TOPIC and item.is_solved]
        open_ones = [item for item in found if item.kind is DocumentKind.TOPIC and not item.is_solved]
        groups = [(_("Articles"), articles), (_("Solved questions"), solved), (_("Community"), open_ones)]
        return render_template(
            "search/suggestions.html", groups=groups, searched_for=searched_for, query=question.text
        )
    return jsonify(
        suggestions=[
            {"kind": "query", "title": text, "url": url_for(".show_results", q=text)} for text in searched_for
        ]
        + [
            {
                "kind": item.kind,
                "title": item.name,
                "url": item.path,
                "language": item.language,
                "solved": item.is_solved,
            }
            for item in found
        ]
    )


@bp.get("/search/similar")
def list_similar() -> ResponseReturnValue:
    """Show, while a title is being typed, what may already answer it."""
    text = request.args.get("title", "").replace("\x00", " ")
    found = similar_to(text)
    return render_template("search/similar.html", found=found, title=text)


def similar_to(text: str) -> Sequence[queries.Found]:
    """Return what may already answer a question, and note that it was shown."""
    question = queries.Question(text=text.strip(), reader_language=str(get_locale()), has_operators=False)
    if len(question.text) < SHORTEST_TITLE:
        return ()
    found = queries.results_for(db.session(), current_actor(), _searcher(), question).found[:SIMILAR]
    if found:
        note("suggestion.shown", query=question.text, results=len(found))
    return found


@bp.get("/search/passages/<int:document_id>")
def show_passage(document_id: int) -> ResponseReturnValue:
    """Open a suggestion in place."""
    document = queries.document_for(db.session(), current_actor(), document_id)
    note("suggestion.opened", subject=document.group)
    text = request.args.get("title", "")
    return render_template(
        "search/passage.html", document=document, text=excerpt(document.body, PASSAGE), title=text
    )


@bp.post("/search/passages/<int:document_id>/resolutions")
def create_resolution(document_id: int) -> ResponseReturnValue:
    """Note that a suggestion answered the question, so that it need not be asked."""
    document = queries.document_for(db.session(), current_actor(), document_id)
    note("suggestion.resolved", subject=document.group)
    flash(_("Good to hear. Nothing was sent."), "posted")
    return redirect(document.path, 303)
