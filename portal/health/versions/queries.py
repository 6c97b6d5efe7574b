"""Reads of scoring models: which one makes scores, what each says, what it would change."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus
from portal.core.errors import ConflictError, NotFoundError
from portal.core.i18n import N_
from portal.health.model import FIRST, Model, load, shipped, shipped_text
from portal.health.models import HealthScore
from portal.health.versions.models import ModelPreview, ModelState, PreviewedScore, ScoringModel
from portal.health.versions.rules import Rescoring, by_size

READ_AT_ONCE: Final = 32

loaded = lru_cache(maxsize=READ_AT_ONCE)(load)
"""Read a model from TOML (see `load`); a text that was read lately is not read again."""


def current_model(session: Session) -> Model:
    """Return the model that scores are made with: one small query, so ask once for many accounts."""
    text = session.scalar(select(ScoringModel.text).where(ScoringModel.state == ModelState.ACTIVE))
    return shipped(FIRST) if text is None else loaded(text)


def models_named(session: Session, versions: Collection[str]) -> Mapping[str, Model]:
    """Return models by their versions: the site's own, or those that come with the portal.

    Raises:
        NotFoundError: there is no such version.
    """
    if not versions:
        return {}
    rows = select(ScoringModel.version, ScoringModel.text).where(ScoringModel.version.in_(set(versions)))
    texts = {row.version: row.text for row in session.execute(rows)}
    return {
        version: loaded(texts[version]) if version in texts else shipped(version) for version in set(versions)
    }


def model_named(session: Session, version: str) -> Model:
    """Return one model by its version (see `models_named`)."""
    return models_named(session, [version])[version]


def versions_for(session: Session, actor: Actor) -> Sequence[ScoringModel]:
    """Return all versions, drafts first, then the one in use, then the others, the newest first.

    There is none while nobody has written one: then the model that came with the portal is in use.

    Raises:
        NotFoundError: the actor is not staff.
    """
    order = list(ModelState)
    rows = session.scalars(_models(actor).order_by(ScoringModel.id.desc()))
    return sorted(rows, key=lambda row: order.index(row.state))


def text_for(session: Session, actor: Actor, version: str) -> str:
    """Return the TOML text of a version.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
    """
    row = session.scalar(_models(actor).where(ScoringModel.version == version))
    return row.text if row else shipped_text(version)


def model_for(session: Session, actor: Actor, model_id: int, *, locked: bool = False) -> ScoringModel:
    """Return one version, with `locked` held until the transaction ends.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
    """
    query = _models(actor).where(ScoringModel.id == model_id)
    found = session.scalar(query.with_for_update(of=ScoringModel) if locked else query)
    if found is None:
        raise NotFoundError("scoring model")
    return found


def draft_for(
    session: Session, actor: Actor, model_id: int, *, edition: int | None, locked: bool = True
) -> ScoringModel:
    """Return a draft in the edition that the actor saw.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
        ConflictError: it is no draft any more, or there is a newer edition by now.
    """
    draft = model_for(session, actor, model_id, locked=locked)
    if not draft.is_draft:
        raise ConflictError(
            N_("This version was activated meanwhile, and stays as it is. Begin a new draft.")
        )
    if draft.edition != edition:
        raise ConflictError(N_("Someone else changed this draft meanwhile. Compare the texts, then go on."))
    return draft


def _models(actor: Actor) -> Select[ScoringModel]:
    if not actor.is_staff:
        raise NotFoundError("scoring models")
    people = (joinedload(ScoringModel.created_by), joinedload(ScoringModel.activated_by))
    return select(ScoringModel).options(*people)


def preview_for(session: Session, actor: Actor, model_id: int) -> ModelPreview | None:
    """Return how far a version has been tried; None if it has not been.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
    """
    model_for(session, actor, model_id)
    return session.get(ModelPreview, model_id)


def rescorings_for(session: Session, actor: Actor, model_id: int) -> Sequence[Rescoring]:
    """Return what a version would make of each account, the largest changes first.

    Raises:
        NotFoundError: no such version, or the actor is not staff.
    """
    model_for(session, actor, model_id)
    rows = session.scalars(
        select(PreviewedScore)
        .where(PreviewedScore.model_id == model_id)
        .options(joinedload(PreviewedScore.account))
    )
    return by_size(
        Rescoring(
            account_id=row.account_id,
            name=row.account.name,
            before_e4=row.before_e4,
            before_band=row.before_band,
            after_e4=row.after_e4,
            after_band=row.after_band,
        )
        for row in rows
    )


def accounts_to_score(*, started_by: object) -> Select[Account]:
    """Select the paying accounts that have begun by a day, in order."""
    return (
        select(Account)
        .where(Account.status == AccountStatus.ACTIVE, Account.started_on <= started_by)
        .order_by(Account.id)
    )


def unlike_current(session: Session, version: str) -> int:
    """Return how many paying accounts have their latest score still from another version."""
    latest = (
        select(HealthScore.model)
        .where(HealthScore.account_id == Account.id)
        .order_by(HealthScore.day.desc())
        .limit(1)
        .scalar_subquery()
    )
    paying = Account.status == AccountStatus.ACTIVE
    return session.scalar(select(func.count()).select_from(Account).where(paying, latest != version)) or 0
