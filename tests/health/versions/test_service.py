"""Versions: drafts are checked and tried, one is in use, and what was scored stays as it was."""

import random
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import SYSTEM, Actor, Role
from portal.accounts.models import Account, AccountStatus, User
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.health import following, nightly
from portal.health import service as scores
from portal.health.evidence import read_dossier
from portal.health.model import Model, load, shipped, shipped_text
from portal.health.models import HealthScore, StaleScore
from portal.health.rules import score
from portal.health.versions import previews, queries, service
from portal.health.versions.models import ModelPreview, ModelState, PreviewedScore, ScoringModel
from portal.health.versions.rules import renamed
from tests.factories import NOW, actor_of, make_account, make_user
from tests.health.conftest import Tell
from tests.statements import statements

TODAY = date(2026, 11, 20)
V1 = shipped_text("v1")
STAFF = Actor(role=Role.STAFF)


def version(name: str, *changes: tuple[str, str]) -> str:
    """Return the text of the first model under another name, and changed."""
    text = renamed(V1, name)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


HEAVY_HELP = (("weight = 15", "weight = 90"), ("half_life_days = 14", "half_life_days = 60"))


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def draft(session: Session) -> ScoringModel:
    return keep(session, version("v2", *HEAVY_HELP))


def keep(session: Session, text: str) -> ScoringModel:
    draft = service.create_draft(session, actor=SYSTEM, text=text, now=NOW)
    session.commit()
    return draft


def activate(session: Session, row: ScoringModel) -> None:
    service.activate(session, actor=SYSTEM, model_id=row.id, edition=row.edition, now=NOW)
    session.commit()


def try_all() -> int:
    steps = 0
    while previews.follow():
        steps += 1
    return steps


def stored(session: Session) -> list[tuple[object, ...]]:
    session.rollback()
    table = HealthScore.__table__
    return [tuple(row) for row in session.execute(select(table).order_by(table.c.account_id, table.c.day))]


def test_the_model_that_comes_with_the_portal_needs_no_row(session: Session) -> None:
    assert queries.current_model(session) == shipped("v1")
    assert queries.versions_for(session, STAFF) == []


def test_a_draft_scores_nobody(session: Session, draft: ScoringModel) -> None:
    assert queries.current_model(session).version == "v1"
    assert [(row.version, row.state) for row in queries.versions_for(session, STAFF)] == [
        ("v2", ModelState.DRAFT),
        ("v1", ModelState.ACTIVE),
        ("milestones", ModelState.RETIRED),
    ]


def test_one_version_is_in_use_and_each_can_be_again(session: Session, draft: ScoringModel) -> None:
    activate(session, draft)
    assert queries.current_model(session).version == "v2"

    (first,) = (row for row in queries.versions_for(session, STAFF) if row.version == "v1")
    assert first.state is ModelState.RETIRED
    activate(session, first)

    assert queries.current_model(session) == shipped("v1")
    assert session.get_one(ScoringModel, draft.id).state is ModelState.RETIRED


def test_names_are_unique(session: Session, draft: ScoringModel) -> None:
    for name in ("v1", "v2"):
        with pytest.raises(InvalidError, match=rf"Line 4: there is a version {name} already"):
            keep(session, version(name))
        session.rollback()


def test_only_admins_put_a_version_to_use(session: Session, draft: ScoringModel, kim: User) -> None:
    with pytest.raises(ForbiddenError):
        service.activate(session, actor=STAFF, model_id=draft.id, edition=1, now=NOW)
    with pytest.raises(NotFoundError):
        service.activate(session, actor=actor_of(kim), model_id=draft.id, edition=1, now=NOW)
    with pytest.raises(NotFoundError):
        service.create_draft(session, actor=actor_of(kim), text=version("v3"), now=NOW)


def test_what_was_activated_never_changes(session: Session, draft: ScoringModel) -> None:
    activate(session, draft)

    with pytest.raises(ConflictError, match="activated meanwhile"):
        service.update_draft(
            session, actor=SYSTEM, model_id=draft.id, edition=1, text=version("v2"), note="", now=NOW
        )
    with pytest.raises(ConflictError):
        service.delete_draft(session, actor=SYSTEM, model_id=draft.id, edition=1)
    with pytest.raises(ConflictError, match="makes the scores already"):
        service.activate(session, actor=SYSTEM, model_id=draft.id, edition=1, now=NOW)


def test_who_saw_an_older_draft_changes_nothing(session: Session, draft: ScoringModel) -> None:
    def change(edition: int) -> None:
        service.update_draft(
            session, actor=SYSTEM, model_id=draft.id, edition=edition, text=version("v2"), note="", now=NOW
        )
        session.commit()

    change(1)
    with pytest.raises(ConflictError, match="Someone else changed this draft"):
        change(1)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        service.activate(session, actor=SYSTEM, model_id=draft.id, edition=1, now=NOW)
    session.rollback()
    change(2)


@pytest.fixture
def many(session: Session, tell: Tell) -> list[Account]:
    """Sixty accounts, each with a past of its own; one has left, one is silent, one has not begun."""
    dice = random.Random(7)  # noqa: S311  # The same ones each time.
    kinds = ("feature.used", "user.signed_in", "article.read", "question.asked", "answer.posted", "product.x")
    accounts = [make_account(session, seats=dice.randint(1, 9)) for _ in range(60)]
    for account in accounts[1:]:
        people = [make_user(session, account=account) for _ in range(2)]
        for kind in dice.sample(kinds, dice.randint(1, 5)):
            tell(account, kind, *(dice.uniform(0, 170) for _ in range(6)), user=dice.choice(people))
    accounts[-1].status = AccountStatus.CHURNED
    accounts[-2].started_on = TODAY + timedelta(days=1)
    session.commit()
    return accounts


def points(session: Session, account: Account, model: Model) -> int | None:
    dossier = read_dossier(session, account, model=model, first=TODAY, last=TODAY)
    return score(model, dossier.as_of(TODAY), TODAY).points_e4


def test_what_would_change_is_what_each_model_says_of_each_account(
    session: Session, many: list[Account], draft: ScoringModel
) -> None:
    assert try_all() == 4  # Twice 25 accounts, then 8, then none.
    session.expire_all()

    found = {row.account_id: row for row in session.scalars(select(PreviewedScore))}
    assert found.keys() == {account.id for account in many[:-2]}
    old, new = shipped("v1"), load(draft.text)
    for account in many[:-2]:
        row = found[account.id]
        assert (row.before_e4, row.after_e4) == (points(session, account, old), points(session, account, new))
        for band, value, model in (
            (row.before_band, row.before_e4, old),
            (row.after_band, row.after_e4, new),
        ):
            assert band == (None if value is None else model.band(value / 10_000))
    assert len({row.after_e4 for row in found.values()}) > 30
    preview = session.get_one(ModelPreview, draft.id)
    assert (preview.done, preview.total, preview.failed, preview.finished_at) == (58, 58, 0, NOW)


def test_the_worker_tries_versions_when_nothing_else_waits(
    session: Session, many: list[Account], draft: ScoringModel
) -> None:
    worker.work()

    session.rollback()
    assert len(session.scalars(select(PreviewedScore.account_id)).all()) == 58


def test_another_text_drops_what_was_computed(
    session: Session, many: list[Account], draft: ScoringModel
) -> None:
    previews.follow()
    text = version("v2", ("weight = 15", "weight = 1"))
    later = NOW + timedelta(seconds=1)
    session.rollback()
    service.update_draft(session, actor=SYSTEM, model_id=draft.id, edition=1, text=text, note="", now=later)
    session.commit()

    assert session.scalars(select(PreviewedScore)).all() == []
    try_all()
    session.expire_all()
    account = many[3]
    row = session.get_one(PreviewedScore, (draft.id, account.id))
    assert row.after_e4 == points(session, account, load(text))


def test_a_note_alone_keeps_what_was_computed(
    session: Session, many: list[Account], draft: ScoringModel
) -> None:
    try_all()
    session.rollback()
    service.update_draft(
        session, actor=SYSTEM, model_id=draft.id, edition=1, text=draft.text, note="Try", now=NOW
    )
    session.commit()

    assert len(session.scalars(select(PreviewedScore)).all()) == 58


def test_what_was_computed_for_an_older_text_is_not_kept(
    session: Session, many: list[Account], draft: ScoringModel
) -> None:
    preview = session.get_one(ModelPreview, draft.id)
    session.expunge(preview)
    service.start_preview(session, actor=SYSTEM, model_id=draft.id, now=NOW + timedelta(seconds=1))
    session.commit()
    row = {"model_id": draft.id, "account_id": many[0].id, "before_e4": 1, "before_band": None}
    row |= {"after_e4": 1, "after_band": None}

    assert not service.keep_previewed(session, preview, [row], tried=[many[0].id], now=NOW)
    assert session.scalars(select(PreviewedScore)).all() == []


def test_a_text_that_nobody_can_read_any_more_does_not_keep_the_worker(
    session: Session, many: list[Account], draft: ScoringModel
) -> None:
    session.get_one(ScoringModel, draft.id).text = "version = 3"
    session.commit()

    assert try_all() == 1


def test_putting_a_version_to_use_leaves_former_scores_byte_for_byte(
    session: Session, busy: Account, draft: ScoringModel
) -> None:
    scores.rebuild_scores(session, account_id=busy.id, now=NOW)
    session.commit()
    before = stored(session)
    assert len(before) > 100

    activate(session, draft)
    following.follow()

    *former, today = stored(session)
    assert former == before[:-1]
    assert today != before[-1]
    latest = session.get_one(HealthScore, (busy.id, TODAY))
    assert (latest.model, latest.points_e4) == ("v2", points(session, busy, load(draft.text)))
    assert queries.unlike_current(session, "v2") == 0


def test_scores_wait_for_the_version_that_is_in_use(
    session: Session, busy: Account, draft: ScoringModel
) -> None:
    scores.rebuild_scores(session, account_id=busy.id, now=NOW)
    activate(session, draft)

    assert queries.unlike_current(session, "v2") == 1
    assert session.scalars(select(StaleScore.account_id)).all() == [busy.id]


def test_a_former_day_is_scored_again_by_its_own_version(
    session: Session, busy: Account, draft: ScoringModel, kim: User, tell: Tell
) -> None:
    scores.rebuild_scores(session, account_id=busy.id, now=NOW)
    activate(session, draft)
    following.follow()
    before = {row[1]: row for row in stored(session)}

    tell(busy, "question.asked", 10.2, user=kim)
    scores.mark_stale(session, since={busy.id: TODAY - timedelta(days=10)}, now=NOW)
    session.commit()
    following.follow()
    nightly.score_all(now=NOW)

    after = {row[1]: row for row in stored(session)}
    changed = {day for day in before if before[day] != after[day]}
    assert changed == {TODAY - timedelta(days=ago) for ago in range(11)}
    versions = {row.day: row.model for row in session.execute(select(HealthScore.day, HealthScore.model))}
    assert {version for day, version in versions.items() if day < TODAY} == {"v1"}
    assert versions[TODAY] == "v2"


def test_a_recomputation_changes_nothing_whatever_is_in_use(
    session: Session, busy: Account, draft: ScoringModel
) -> None:
    scores.rebuild_scores(session, account_id=busy.id, now=NOW)
    activate(session, draft)
    following.follow()
    before = stored(session)

    scores.rebuild_scores(session, account_id=busy.id, now=NOW)
    session.commit()

    assert stored(session) == before


def test_a_version_is_read_once_for_many_accounts(
    session: Session, many: list[Account], draft: ScoringModel
) -> None:
    activate(session, draft)
    with statements() as seen:
        assert following.follow() == 25

    assert sum("FROM scoring_models" in statement for statement in seen) == 1
