"""The pages on which staff keep the boards."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.forum import boards, queries
from portal.forum.board_forms import BoardForm
from portal.web.errors import explain

bp = Blueprint("forum_boards", __name__, url_prefix="/staff/boards")
bp.before_request(require_staff)


@bp.get("/")
def list_boards() -> ResponseReturnValue:
    """Show all boards."""
    session, actor = db.session(), current_actor()
    return render_template(
        "forum/staff_boards.html",
        boards=queries.boards_for(session, actor),
        counts=queries.topic_counts_for(session, actor),
    )


@bp.get("/new")
def new_board() -> ResponseReturnValue:
    """Offer the form for a board."""
    return render_template("forum/board_form.html", form=BoardForm(), board=None)


@bp.post("/new")
def create_board() -> ResponseReturnValue:
    """Add a board."""
    form = BoardForm()
    if form.accept():
        try:
            with transaction() as session:
                boards.add_board(session, actor=current_actor(), draft=form.draft)
            flash(_("Saved."), "success")
            return redirect(url_for(".list_boards"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return render_template("forum/board_form.html", form=form, board=None), 422


@bp.get("/<slug>")
def edit_board(slug: str) -> ResponseReturnValue:
    """Offer a board for changing."""
    session = db.session()
    board = queries.board_for(session, current_actor(), slug)
    form = BoardForm.of(board, queries.addresses_of_moderators(session, board))
    return render_template("forum/board_form.html", form=form, board=board)


@bp.post("/<slug>")
def update_board(slug: str) -> ResponseReturnValue:
    """Change a board."""
    form = BoardForm()
    if form.accept():
        try:
            with transaction() as session:
                boards.update_board(
                    session, actor=current_actor(), slug=slug, draft=form.draft, now=utc_now()
                )
            flash(_("Saved."), "success")
            return redirect(url_for(".list_boards"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    board = queries.board_for(db.session(), current_actor(), slug)
    return render_template("forum/board_form.html", form=form, board=board), 422


@bp.post("/<slug>/removal")
def create_removal(slug: str) -> ResponseReturnValue:
    """Remove a board that has no topics."""
    with transaction() as session:
        boards.remove_board(session, actor=current_actor(), slug=slug)
    flash(_("Removed."), "success")
    return redirect(url_for(".list_boards"), 303)
