"""Writes of scoring models. Each takes its turn, so that one version is in use and names are unique."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.core.clock import site_day
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.health.model import FIRST, load, shipped_text, shipped_versions
from portal.health.service import mark_stale
from portal.health.versions import policies, queries
from portal.health.versions.models import (
    LONGEST_NOTE,
    ModelPreview,
    ModelState,
    PreviewedScore,
    ScoringModel,
)


def create_draft(
    session: Session, *, actor: Actor, text: str, note: str = "", based_on: str | None = None, now: datetime
) -> ScoringModel:
    """Keep a new version as a draft, and have it tried on every account.

    Raises:
        NotFoundError: the actor is not staff.
        InvalidError: the text is no model, or its version is taken; says where.
    """
    if not policies.may_draft(actor):
        raise NotFoundError("scoring models")
    text = _usable(text)
    version = load(text).version
    _take_turn(session, now=now)
    _require_free(session, version, text)
    draft = ScoringModel(
        version=version,
        text=text,
        state=ModelState.DRAFT,
        based_on=based_on,
        note=_usable_note(note),
        created_by_id=actor.user_id,
        created_at=now,
    )
    session.add(draft)
    session.flush()
    _begin_preview(session, draft, now=now)
    return draft


def update_draft(
    session: Session,
    *,
    actor: Actor,
    model_id: int,
    edition: int | None,
    text: str,
    note: str,
    now: datetime,
) -> ScoringModel:
    """Change a draft, of which the actor saw an edition; another text is tried on every account anew.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
        ConflictError: it is no draft any more, or there is a newer edition by now.
        InvalidError: the text is no model, or its version is taken; says where.
    """
    text, note = _usable(text), _usable_note(note)
    version = load(text).version
    _take_turn(session, now=now)
    draft = queries.draft_for(session, actor, model_id, edition=edition)
    _require_free(session, version, text, but=model_id)
    is_new = draft.text != text
    draft.version, draft.text, draft.note, draft.edition = version, text, note, draft.edition + 1
    if is_new:
        _begin_preview(session, draft, now=now)
    return draft


def delete_draft(session: Session, *, actor: Actor, model_id: int, edition: int | None) -> None:
    """Throw a draft away.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
        ConflictError: it is no draft any more, or there is a newer edition by now.
    """
    draft = queries.draft_for(session, actor, model_id, edition=edition)
    _drop_preview(session, draft.id)
    session.delete(draft)


def start_preview(session: Session, *, actor: Actor, model_id: int, now: datetime) -> None:
    """Have a version tried on every account, beside the one in use now.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
        ConflictError: it is the one in use.
    """
    _take_turn(session, now=now)
    model = queries.model_for(session, actor, model_id, locked=True)
    if model.state is ModelState.ACTIVE:
        raise ConflictError(N_("This version makes the scores already."))
    _begin_preview(session, model, now=now)


def activate(
    session: Session, *, actor: Actor, model_id: int, edition: int | None, now: datetime
) -> ScoringModel:
    """Make scores with a version from now on; those of former days stay, today's are made again.

    `edition` is the one that the actor saw.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
        ForbiddenError: the actor is not an admin.
        ConflictError: it makes the scores already, or there is a newer edition by now.
    """
    _take_turn(session, now=now)
    model = queries.model_for(session, actor, model_id, locked=True)
    if not policies.may_activate(actor):
        raise ForbiddenError("activate scoring model")
    if model.state is ModelState.ACTIVE:
        raise ConflictError(N_("This version makes the scores already."))
    if model.edition != edition:
        raise ConflictError(N_("The draft was changed meanwhile. Look at what it would do now."))
    load(model.text)
    _retire_active(session)
    model.state, model.activated_by_id, model.activated_at = ModelState.ACTIVE, actor.user_id, now
    _drop_preview(session, model.id)
    today = site_day(now)
    paying = session.scalars(queries.accounts_to_score(started_by=today))
    mark_stale(session, since={account.id: today for account in paying}, now=now)
    return model


def _retire_active(session: Session) -> None:
    for active in session.scalars(select(ScoringModel).where(ScoringModel.state == ModelState.ACTIVE)):
        active.state = ModelState.RETIRED
    session.flush()


def _take_turn(session: Session, *, now: datetime) -> None:
    """Give the models that come with the portal their rows, and hold the first one's until the end."""
    anything_active = select(ScoringModel.id).where(ScoringModel.state == ModelState.ACTIVE)
    first = ModelState.RETIRED if session.scalar(anything_active) else ModelState.ACTIVE
    rows = [
        {
            "version": version,
            "text": shipped_text(version),
            "state": first if version == FIRST else ModelState.RETIRED,
            "edition": 1,
            "note": "",
            "created_at": now,
        }
        for version in shipped_versions()
    ]
    insert_new(session, ScoringModel, rows)
    session.scalar(select(ScoringModel.id).where(ScoringModel.version == FIRST).with_for_update())


def _usable(text: str) -> str:
    """Keep the lines at their places: a mistake is told with the number of its line as it was typed."""
    return text.replace("\r\n", "\n").rstrip() + "\n"


def _usable_note(note: str) -> str:
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise InvalidError(N_("Write at most %(most)d characters."), field="note", most=LONGEST_NOTE)
    return note


def _require_free(session: Session, version: str, text: str, *, but: int | None = None) -> None:
    """Refuse the version that a text gives itself if another has it."""
    taken = select(ScoringModel.id).where(ScoringModel.version == version, ScoringModel.id != (but or 0))
    if session.scalar(taken) is not None:
        lines = text.split("\n")
        line = next((at for at, words in enumerate(lines, 1) if words.lstrip().startswith("version")), 1)
        message = N_("Line %(line)s: there is a version %(version)s already. Choose another name.")
        raise InvalidError(message, line=line, version=version)


def _begin_preview(session: Session, model: ScoringModel, *, now: datetime) -> None:
    _drop_preview(session, model.id)
    day = site_day(now)
    wanted = queries.accounts_to_score(started_by=day).order_by(None).subquery()
    total = session.scalar(select(func.count()).select_from(wanted)) or 0
    session.add(
        ModelPreview(
            model_id=model.id,
            against=queries.current_model(session).version,
            day=day,
            total=total,
            started_at=now,
            finished_at=None if total else now,
        )
    )


def _drop_preview(session: Session, model_id: int) -> None:
    session.execute(delete(PreviewedScore).where(PreviewedScore.model_id == model_id))
    session.execute(delete(ModelPreview).where(ModelPreview.model_id == model_id))


def keep_previewed(
    session: Session,
    preview: ModelPreview,
    rows: Sequence[Mapping[str, Any]],
    *,
    tried: Collection[int],
    now: datetime,
) -> bool:
    """Store what was computed for some accounts; no account at all ends the preview.

    False, and nothing is stored, if the preview was begun anew or another worker was faster.
    """
    current = session.get(ModelPreview, preview.model_id, with_for_update=True)
    if current is None or (current.started_at, current.done_until) != (
        preview.started_at,
        preview.done_until,
    ):
        return False
    still_there = set(session.scalars(select(Account.id).where(Account.id.in_(tried))))
    kept = [row for row in rows if row["account_id"] in still_there]
    if kept:
        session.execute(insert(PreviewedScore), kept)
    current.done += len(tried)
    current.failed += len(tried) - len(rows)
    current.done_until = max(tried, default=current.done_until)
    if not tried:
        current.done, current.finished_at = current.total, now
    return True
