"""What anyone may read, for other systems: the same that a visitor sees."""

from flask import current_app, request
from flask.typing import ResponseReturnValue

from portal.accounts.actors import VISITOR
from portal.api.answers import answer_with, cursor, page_size
from portal.api.content_schemas import (
    ArticleAnswer,
    Articles,
    FoundAnswer,
    SearchAnswer,
    TopicAnswer,
    Topics,
)
from portal.api.gate import caller_with, make_blueprint
from portal.api.keys.rules import Scope
from portal.core.db import db
from portal.core.errors import InvalidError
from portal.core.paging import RowCursor
from portal.forum.publication import page_of_topics
from portal.knowledge.reading.publication import page_of_texts
from portal.search.queries import RESULTS_A_PAGE, Question, results_for

bp = make_blueprint("api_content")


@bp.get("/articles")
def list_articles() -> ResponseReturnValue:
    """Give the public articles, the oldest first, in one language or in all."""
    caller_with(Scope.CONTENT_READ)
    page = page_of_texts(db.session(), language=_language(), after=cursor(), size=page_size())
    rows = list(map(ArticleAnswer.of, page.rows))
    return answer_with(Articles(articles=rows, next_cursor=page.next_cursor))


@bp.get("/topics")
def list_topics() -> ResponseReturnValue:
    """Give the public topics, the oldest first."""
    caller_with(Scope.CONTENT_READ)
    page = page_of_topics(db.session(), after=cursor(), size=page_size())
    return answer_with(Topics(topics=list(map(TopicAnswer.of, page.rows)), next_cursor=page.next_cursor))


@bp.get("/search")
def show_results() -> ResponseReturnValue:
    """Give what a visitor would find; it counts as nobody's search."""
    caller_with(Scope.CONTENT_READ)
    text, language, after = request.args.get("q", "").strip(), _language(), cursor()
    if not text:
        raise InvalidError("q has to say what is looked for", field="q")
    number = after.id if after else 1
    question = Question(
        text=text,
        reader_language=language or current_app.extensions["settings"].default_language,
        language=language,
        page=number,
    )
    results = results_for(db.session(), VISITOR, current_app.extensions["searcher"], question)
    more = number * RESULTS_A_PAGE < results.total
    return answer_with(
        SearchAnswer(
            total=results.total,
            corrected=results.corrected,
            results=list(map(FoundAnswer.of, results.found)),
            next_cursor=RowCursor(id=number + 1).encode() if more else None,
        )
    )


def _language() -> str | None:
    """Return the language that the program wants; None for any.

    Raises:
        InvalidError: the site does not have it.
    """
    language = request.args.get("language")
    if language is not None and language not in current_app.extensions["settings"].languages:
        raise InvalidError("this site has no such language", field="language")
    return language
