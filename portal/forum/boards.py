"""Writes to boards, which staff keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import String, cast, delete, func, literal, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import PUBLIC, SIGNED_IN, Audience
from portal.accounts.models import User
from portal.core import revisions
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.forum import policies, queries
from portal.forum.models import Board, BoardModerator, Topic
from portal.search import service as search
from portal.web.slugs import slugify

RESERVED: Final = frozenset({"levels", "moderation", "people", "posts", "preview", "tags", "topics"})
"""Ends of addresses that lead to other pages of the community."""


@dataclass(frozen=True, kw_only=True)
class BoardDraft:
    """What a board is: texts by language, who sees it, who may start topics, and whose addresses keep it."""

    names: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    audience: Audience = PUBLIC
    posting: Audience = SIGNED_IN
    moderators: frozenset[str] = frozenset()
    position: int = 0


def add_board(session: Session, *, actor: Actor, draft: BoardDraft) -> Board:
    """Add a board; its address is made from its English name, or from whichever there is, and stays.

    Raises:
        ForbiddenError: the actor does not keep boards.
        InvalidError: it has no name, another board has its address, or nobody has a moderator's address.
    """
    if not policies.may_keep_boards(actor):
        raise ForbiddenError("keep boards")
    board = Board()
    _change(session, board, draft)
    board.slug = slugify(board.name("en"))
    if board.slug in RESERVED:
        raise InvalidError(N_("A page of the community has this name. Choose another."), field="name_en")
    if session.scalar(select(Board.id).where(Board.slug == board.slug)) is not None:
        raise InvalidError(N_("Another board has this name already."), field="name_en")
    session.add(board)
    session.flush()
    _name_moderators(session, board, draft.moderators)
    return board


def update_board(session: Session, *, actor: Actor, slug: str, draft: BoardDraft, now: datetime) -> Board:
    """Change a board; who sees it sees its topics from now on, and finds them.

    Raises:
        NotFoundError: no such board that the actor may see.
        ForbiddenError: the actor does not keep boards.
        InvalidError: it has no name, or nobody has a moderator's address.
    """
    board = queries.board_for(session, actor, slug)
    if not policies.may_keep_boards(actor):
        raise ForbiddenError("keep boards")
    former = board.audience
    _change(session, board, draft)
    _name_moderators(session, board, draft.moderators)
    if board.audience != former:
        groups = select(literal("topic:") + cast(Topic.id, String)).where(Topic.board_id == board.id)
        search.change_audience(session, groups=groups, audience=board.audience, now=now)
    return board


def remove_board(session: Session, *, actor: Actor, slug: str) -> None:
    """Remove a board that has no topics.

    Raises:
        NotFoundError: no such board that the actor may see.
        ForbiddenError: the actor does not keep boards.
        ConflictError: there are topics on it, if only removed ones.
    """
    board = queries.board_for(session, actor, slug)
    if not policies.may_keep_boards(actor):
        raise ForbiddenError("keep boards")
    if session.scalar(select(func.count()).where(Topic.board_id == board.id)):
        raise ConflictError(N_("This board has topics. Move them to another board first."))
    session.delete(board)
    revisions.bump(session, "forum")


def _change(session: Session, board: Board, draft: BoardDraft) -> None:
    board.names = {language: " ".join(name.split()) for language, name in draft.names.items() if name.strip()}
    if not board.names:
        raise InvalidError(N_("A board needs a name in one language at least."), field="name_en")
    board.descriptions, board.templates = dict(draft.descriptions), dict(draft.templates)
    board.audience, board.posting, board.position = draft.audience, draft.posting, draft.position
    revisions.bump(session, "forum")


def _name_moderators(session: Session, board: Board, addresses: frozenset[str]) -> None:
    found = dict(session.execute(select(User.email, User.id).where(User.email.in_(addresses))).all())
    if unknown := sorted(addresses - found.keys()):
        raise InvalidError(
            N_("Nobody here has the address %(address)s."), field="moderators", address=unknown[0]
        )
    session.execute(delete(BoardModerator).where(BoardModerator.board_id == board.id))
    rows = [{"board_id": board.id, "user_id": user_id} for user_id in found.values()]
    insert_new(session, BoardModerator, rows)
