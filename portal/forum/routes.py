"""The community's pages."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required
from markupsafe import Markup
from wtforms import SelectChoice

from portal.accounts.current import current_actor, note
from portal.content.markdown import render
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.paging import Cursor
from portal.forum import (
    cards,
    cases,
    flags,
    mentions,
    nods,
    policies,
    queries,
    queues,
    reading,
    service,
    tags,
    verdicts,
    views,
)
from portal.forum.drafts import places
from portal.forum.drafts import service as drafts
from portal.forum.drafts.forms import kept_as_sent, kept_here, window_sent
from portal.forum.drafts.queries import Kept
from portal.forum.experts.queries import Asked, asked_of
from portal.forum.forms import FlagForm, PostForm, TopicForm
from portal.forum.holding import holds_first, waits
from portal.forum.models import Topic, TopicKind
from portal.forum.nod_models import Nod
from portal.forum.paths import path_of_post, path_of_topic
from portal.forum.structured import question_thing
from portal.notifications.watching import meet
from portal.search.clicks import note_result
from portal.search.routes import similar_to
from portal.web.cards import Thing
from portal.web.errors import explain
from portal.web.fragments import fragments
from portal.web.limits import limiter
from portal.web.numbers import row_number

bp = Blueprint("forum", __name__, url_prefix="/community")

LONGEST_QUOTATION: Final = 1000


@bp.get("/")
def list_boards() -> ResponseReturnValue:
    """Show the boards, and what happened lately in all of them."""
    session, actor = db.session(), current_actor()
    queue, start = request.args.get("queue", "all"), request.args.get("after", "")
    keeps_order = cases.keeps_order(session, actor)
    return render_template(
        "forum/boards.html",
        boards=queries.boards_for(session, actor),
        keeps_order=keeps_order,
        open_cases=cases.open_count_for(session, actor) if keeps_order else 0,
        waiting=queues.waiting_count_for(session, actor),
        counts=queries.topic_counts_for(session, actor),
        queue=queue,
        page=queues.topics_for(session, actor, queue=queue, after=Cursor.decode(start)),
        card=cards.boards_card(is_first_page=queue == "all" and not start),
    )


@bp.get("/<slug>/")
def show_board(slug: str) -> ResponseReturnValue:
    """Show the topics of a board."""
    session, actor = db.session(), current_actor()
    board = queries.board_for(session, actor, slug)
    queue, start = request.args.get("queue", "all"), request.args.get("after", "")
    page = queues.topics_for(session, actor, board=board, queue=queue, after=Cursor.decode(start))
    is_first_page = queue == "all" and not start
    return render_template(
        "forum/board.html",
        board=board,
        queue=queue,
        waiting=queues.waiting_count_for(session, actor, board),
        pinned=queues.pinned_topics_for(session, actor, board) if is_first_page else (),
        page=page,
        card=cards.board_card(board, is_first_page=is_first_page),
        watch=meet(f"board:{board.id}"),
    )


@bp.get("/topics/<int:topic_id>")
def find_topic(topic_id: int) -> ResponseReturnValue:
    """Lead a short link to the topic, or to the one that took it over."""
    session, actor = db.session(), current_actor()
    topic = queries.successor_for(session, actor, topic_id) or queries.topic_for(session, actor, topic_id)
    query = request.query_string.decode()
    return redirect(f"{path_of_topic(topic)}?{query}" if query else path_of_topic(topic), 301)


@bp.get("/topics/<int:topic_id>-<slug>")
def show_topic(topic_id: int, slug: str) -> ResponseReturnValue:
    """Show a topic: the question, the accepted answer, the rest in order."""
    actor, number = current_actor(), request.args.get("page", 1, type=int)
    watch = meet(f"topic:{topic_id}", place=reading.last_place_on(number))
    try:
        topic = queries.topic_for(db.session(), actor, topic_id)
    except NotFoundError:
        return find_topic(topic_id)
    if slug != topic.slug or topic.merged_into_id is not None:
        return find_topic(topic_id)
    note("topic.viewed", subject=f"topic:{topic_id}")
    note_result(f"topic:{topic_id}")
    kept = kept_here(places.to_reply(topic_id))
    begun = (kept.draft.body if kept.draft else "", _quotation(topic))
    form = PostForm(formdata=None, data={"body": "\n\n".join(filter(None, begun))})
    return _topic_page(topic, number, form, watch, kept)


@bp.get("/topics/<int:topic_id>/people")
@login_required
def list_people(topic_id: int) -> ResponseReturnValue:
    """List, for completion, who could be named in a reply, as JSON."""
    people = mentions.people_to_name_for(
        db.session(), current_actor(), topic_id, beginning=request.args.get("q", "").strip()[:120]
    )
    return jsonify(people=[{"name": person.name, "text": mentions.mention_of(person)} for person in people])


def _quotation(topic: Topic) -> str:
    """Return the post that the reader wants to quote, as Markdown with its author; empty without one."""
    post_id = request.args.get("quote", type=row_number)
    if not post_id:
        return ""
    post = queries.post_for(db.session(), current_actor(), post_id)
    if post.topic_id != topic.id:
        return ""
    lines = post.body[:LONGEST_QUOTATION].strip().splitlines()
    said = _("%(name)s wrote:", name=mentions.mention_of(post.author))
    return "\n".join([said, "", *(f"> {line}" for line in lines), "", ""])


def _topic_page(topic: Topic, number: int, form: PostForm, watch: Markup, kept: Kept) -> str:
    page = cache(lambda: reading.page_for(db.session(), current_actor(), topic, number=number))
    return render_template(
        "forum/topic.html",
        topic=topic,
        watch=watch,
        page=page,
        number=number,
        form=form,
        kept=kept,
        path=path_of_topic(topic),
        card=cards.topic_card(topic, number=number, question=_question(topic, number, page), now=utc_now()),
        may_reply=_may_reply(topic),
        asked=_asked(topic),
        views=lambda page: views.post_views(page, current_actor()),
    )


def _question(topic: Topic, number: int, page: Callable[[], reading.TopicPage]) -> Thing | None:
    """Describe a solved question to search engines, on its first page and once for every reader."""
    if number != 1 or not topic.is_solved:
        return None
    key = ("question", topic.id, topic.revision, topic.title)
    return fragments().get(key, lambda: question_thing(page()) or {})


def _asked(topic: Topic) -> Sequence[Asked]:
    """Return what the reader was asked here, if they come from being told so."""
    return asked_of(db.session(), current_actor(), topic=topic) if request.args.get("invited") else ()


def _may_reply(topic: Topic) -> bool:
    session, actor = db.session(), current_actor()
    moderates = not topic.is_open and queries.moderates(session, actor, topic.board)
    return policies.may_reply(actor, topic, moderates=moderates)


@bp.get("/topics/new")
@login_required
def new_topic() -> ResponseReturnValue:
    """Offer the form for a question, or what was begun; title and board may come filled in."""
    board = request.args.get("board", "")
    kept = kept_here(places.to_start(board))
    begun = {"title": kept.draft.title, "body": kept.draft.body, **kept.draft.fields} if kept.draft else {}
    args = request.args
    wanted = {"title": args.get("title", ""), "about": args.get("about"), "board": board or None, **begun}
    kind = request.args.get("kind", wanted.get("kind"))
    wanted["kind"] = TopicKind(kind) if kind in set(TopicKind) else TopicKind.QUESTION
    form = _with_boards(TopicForm(data=wanted))
    if form.kind.data is TopicKind.QUESTION:
        note("ask_form.opened")
    return _topic_form(form, kept)


def _with_boards(form: TopicForm) -> TopicForm:
    """Offer the boards on which the actor may start topics, each with what a question there begins with."""
    boards, language = queries.boards_to_post_on_for(db.session(), current_actor()), str(get_locale())
    form.board.choices = [
        SelectChoice(board.slug, board.name(language), render_kw={"data-template": board.template(language)})
        for board in boards
    ]
    if form.kind.data is TopicKind.QUESTION and not form.body.data:
        chosen = next((board for board in boards if board.slug == form.board.data), None)
        form.body.data = chosen.template(language) if chosen else ""
    return form


def _topic_form(form: TopicForm, kept: Kept) -> str:
    offered = {choice.value for choice in form.board.choices or ()}
    return render_template(
        "forum/new_topic.html",
        form=form,
        kept=kept,
        board=form.board.data if form.board.data in offered else None,
        tags=tags.all_tags(db.session()),
        found=similar_to(form.title.data or ""),
    )


@bp.post("/topics/new")
@login_required
@limiter.limit("30 per minute")
def create_topic() -> ResponseReturnValue:
    """Ask, or start a discussion; what was typed stays on the page if it cannot be used."""
    actor, form, place = current_actor(), _with_boards(TopicForm()), request.form.get("place", "")
    if not form.accept():
        return _topic_form(form, kept_as_sent(place)), 422
    try:
        with transaction() as session:
            topic = service.post_topic(
                session,
                actor=actor,
                board_slug=form.board.data,
                kind=form.kind.data,
                draft=form.draft,
                holds_first=holds_first(),
                now=utc_now(),
            )
            drafts.finish(session, actor=actor, place=place, window=window_sent())
            path, is_held = path_of_topic(topic), topic.is_removed
        words = waits() if is_held else _("Posted. You will hear in your inbox when someone replies.")
        flash(words, "posted")
    except InvalidError as error:
        form[error.field or "body"].errors = [explain(error)]
        return _topic_form(form, kept_as_sent(place)), 422
    return redirect(path, 303)


@bp.post("/preview")
@login_required
@limiter.limit("60 per minute")
def create_preview() -> ResponseReturnValue:
    """Show what a text will look like, made by the renderer that will make it."""
    rendered = render(request.form.get("body", ""))
    partial = bool(request.headers.get("HX-Request"))
    template = "forum/preview_fragment.html" if partial else "forum/preview.html"
    return render_template(template, html=rendered.html)


@bp.post("/topics/<int:topic_id>/posts")
@login_required
@limiter.limit("600 per minute")
def create_post(topic_id: int) -> ResponseReturnValue:
    """Reply; what was typed stays on the page if it cannot be used."""
    actor, form, status = current_actor(), PostForm(), 422
    place = places.to_reply(topic_id)
    if form.accept():
        draft = service.Draft(body=form.body.data)
        try:
            with transaction() as session:
                post = service.reply(
                    session,
                    actor=actor,
                    topic_id=topic_id,
                    draft=draft,
                    holds_first=holds_first(),
                    now=utc_now(),
                )
                drafts.finish(session, actor=actor, place=place, window=window_sent())
                path, is_held = path_of_post(post.topic, post), post.is_held
            flash(waits() if is_held else _("Posted."), "posted")
            return redirect(path, 303)
        except InvalidError as error:
            form.body.errors = [explain(error)]
        except ForbiddenError:
            form.body.errors = [_("This topic was closed meanwhile. Keep your text for a new question.")]
            status = 403
    watch = meet(f"topic:{topic_id}", place=reading.last_place_on(1))
    topic = queries.topic_for(db.session(), actor, topic_id)
    return _topic_page(topic, 1, form, watch, kept_as_sent(place)), status


@bp.post("/posts/<int:post_id>/acceptance")
@login_required
def create_acceptance(post_id: int) -> ResponseReturnValue:
    """Accept an answer, with `primary` let it stand first, or with `_method=delete` take that back."""
    actor, now = current_actor(), utc_now()
    with transaction() as session:
        if request.form.get("_method") == "delete":
            answer = verdicts.withdraw_acceptance(session, actor=actor, post_id=post_id, now=now)
            flash(_("It no longer counts as a solution."), "success")
        elif request.form.get("primary"):
            answer = verdicts.prefer_answer(session, actor=actor, post_id=post_id)
            flash(_("It stands first now."), "success")
        else:
            reason = request.form.get("reason", "")[:500]
            answer = verdicts.accept_answer(session, actor=actor, post_id=post_id, reason=reason, now=now)
            flash(_("Answer accepted. Thank you for telling everyone what worked."), "success")
        path = path_of_topic(answer.topic)
    return redirect(path, 303)


@bp.post("/posts/<int:post_id>/<any('votes', 'thanks', 'me-too'):name>")
@login_required
def create_nod(post_id: int, name: str) -> ResponseReturnValue:
    """Vote for a post, thank, or have the question too (or, with `_method=delete`, take that back)."""
    actor, nod = current_actor(), Nod(name)
    is_given = request.form.get("_method") != "delete"
    with transaction() as session:
        if is_given:
            post = nods.give(session, actor=actor, post_id=post_id, nod=nod, now=utc_now())
        else:
            post = nods.take_back(session, actor=actor, post_id=post_id, nod=nod)
        path = path_of_post(post.topic, post)
    if request.headers.get("HX-Request"):
        return render_template("forum/nod.html", post=post, nod=nod, is_given=is_given)
    return redirect(path, 303)


@bp.post("/posts/<int:post_id>/flags")
@login_required
@limiter.limit("30 per minute")
def create_flag(post_id: int) -> ResponseReturnValue:
    """Ask a moderator to look at a post."""
    actor, form = current_actor(), FlagForm()
    if not form.accept():
        raise InvalidError(N_("Choose why a moderator should look at this post."))
    with transaction() as session:
        post = flags.flag(
            session,
            actor=actor,
            post_id=post_id,
            reason=form.reason.data,
            comment=form.comment.data or "",
            now=utc_now(),
        )
        path = path_of_post(post.topic, post)
    flash(_("Thank you. A moderator will look at this post."), "success")
    return redirect(path, 303)


@bp.post("/topics/<int:topic_id>/reads")
def create_read(topic_id: int) -> ResponseReturnValue:
    """Note that a topic stayed open for ten seconds."""
    topic: Topic = queries.topic_for(db.session(), current_actor(), topic_id)
    note("topic.read", subject=f"topic:{topic.id}")
    return "", 204
