"""Reminding people: by staff, by the site and by drafts, and never more than anyone wants."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor, Role
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.accounts.sanctions import SanctionKind, impose
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.notifications import service as notifications
from portal.notifications.kinds import Delivery
from portal.notifications.mail.contents import compose
from portal.notifications.mail.models import Mail
from portal.notifications.models import Notice, NoticeSetting
from portal.notifications.queries import lines_for
from portal.notifications.restraint import WEEK
from portal.onboarding import service as checklists
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.models import Checklist
from portal.onboarding.nudges import queries, service
from portal.onboarding.nudges.letters import Refusal
from portal.onboarding.nudges.models import Nudge, NudgeState
from portal.onboarding.nudges.queries import Choice
from portal.onboarding.nudges.rules import (
    GENERAL,
    MOST_A_STEP,
    MOST_A_WEEK,
    MOST_RECIPIENTS,
    NOT_TWICE_WITHIN,
    Site,
    place_of,
)
from portal.onboarding.nudges.service import Outcome
from portal.onboarding.people.models import StepAssignee
from portal.onboarding.rules import Standing
from portal.reactions.subjects import named_for
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import draft, look_again, make_checklist

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # A Friday noon in Tokyo.
TODAY = date(2026, 11, 20)
SITE = Site(name="Engawa", address="https://portal.test", language="en")

Work = Callable[[], None]


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session, name="Ren Abe")


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Mei Ito")


@pytest.fixture
def late(session: Session, account: Account) -> Checklist:
    """A checklist of which the first step was due on 12 November."""
    return make_checklist(session, account, [draft("Import"), draft("Order", needs=["s1"])])


def send(session: Session, staff: User, *checklists: Checklist, now: datetime = NOW) -> Outcome:
    ids = [checklist.steps[0].id for checklist in checklists]
    outcome = service.send(session, actor=actor_of(staff), step_ids=ids, site=SITE, today=now.date(), now=now)
    session.commit()
    return outcome


def remind(session: Session, now: datetime = NOW) -> None:
    last: int | None = 0
    while last is not None:
        last = service.remind_late(session, after=last, site=SITE, today=now.date(), now=now)
    session.commit()


def deliver_all(session: Session, now: datetime = NOW) -> None:
    for nudge_id in session.scalars(select(Nudge.id).where(Nudge.state == NudgeState.QUEUED)).all():
        service.deliver(session, nudge_id=nudge_id, now=now)
    session.commit()


def states(session: Session) -> list[tuple[int, NudgeState]]:
    session.rollback()
    return [(row.user_id, row.state) for row in session.scalars(select(Nudge).order_by(Nudge.id))]


def told(session: Session, user: User, kind: str = "nudge") -> list[Notice]:
    query = select(Notice).where(Notice.user_id == user.id, Notice.kind == kind)
    return list(session.scalars(query.order_by(Notice.id)))


def refuse_all(session: Session, user: User) -> None:
    session.merge(NoticeSetting(user_id=user.id, kind="nudge", delivery=Delivery.NOTHING))
    session.commit()


# By staff.


def test_staff_remind_the_champion_in_their_language(
    session: Session, work: Work, staff: User, member: User, champion: User, late: Checklist
) -> None:
    champion.language = "ja"
    session.commit()

    assert send(session, staff, late) == Outcome(count=1, refused={}, left_out=0)
    work()

    assert states(session) == [(champion.id, NudgeState.SENT)]
    [notice] = told(session, champion)
    assert "Mei Ito 様" in notice.params["text"]
    assert "「Import（日本語）」" in notice.params["text"]
    assert told(session, member) == []
    [act] = session.scalars(select(ChecklistAct).where(ChecklistAct.act == Act.NUDGED))
    assert (act.actor_id, act.step_id, act.data["to"]) == (staff.id, late.steps[0].id, "Mei Ito")


def assign(session: Session, checklist: Checklist, *people: User) -> None:
    step_id = checklist.steps[0].id
    session.add_all(StepAssignee(step_id=step_id, user_id=one.id, assigned_at=NOW) for one in people)
    session.commit()


def suspend(session: Session, staff: User, person: User) -> None:
    kind, actor = SanctionKind.SUSPENSION, actor_of(staff)
    impose(session, actor=actor, user_id=person.id, kind=kind, days=365, reason="Advertising", now=NOW)
    session.commit()


def test_whoever_is_to_do_the_step_is_reminded_of_it(
    session: Session, work: Work, staff: User, account: Account, champion: User, late: Checklist
) -> None:
    members = [make_user(session, account=account, role=Role.CUSTOMER) for _ in range(MOST_RECIPIENTS + 1)]
    assign(session, late, staff, members[-1])

    assert send(session, staff, late) == Outcome(count=1, refused={}, left_out=0)
    work()

    assert states(session) == [(members[-1].id, NudgeState.SENT)]
    assert len(told(session, members[-1])) == 1
    assert told(session, champion) == told(session, staff) == []


@pytest.mark.parametrize("who", ["staff", "stranger", "without_address", "inactive", "suspended"])
def test_who_cannot_do_the_step_any_more_leaves_it_to_the_champion(
    session: Session, staff: User, account: Account, champion: User, late: Checklist, who: str
) -> None:
    match who:
        case "staff":
            person = staff
        case "stranger":
            person = make_customer(session)
        case "without_address":
            person = make_user(session, account=account, role=Role.CUSTOMER, email=None)
        case "suspended":
            person = make_user(session, account=account, role=Role.CUSTOMER)
            suspend(session, staff, person)
        case _:
            person = make_user(session, account=account, role=Role.CUSTOMER, is_active=False)
    assign(session, late, person)

    for hour in range(3):
        remind(session, NOW + timedelta(hours=hour))
        deliver_all(session, NOW + timedelta(hours=hour))

    assert states(session) == [(champion.id, NudgeState.SENT)]


def test_the_mail_says_the_text_under_the_title_of_the_step(
    session: Session, work: Work, staff: User, champion: User, late: Checklist
) -> None:
    send(session, staff, late)
    work()

    mail = session.scalars(select(Mail).where(Mail.user_id == champion.id)).one()
    composed = compose(session, mail, champion, now=NOW)

    assert composed is not None
    assert composed.letter.subject == "“Import” waits for you."
    assert "> Hello Mei Ito,\n>" in composed.letter.text
    assert "So that orders can name them." in composed.letter.text
    assert f"/onboarding/#checklist-{late.id}" in composed.letter.html


def test_what_is_done_is_told_no_more(
    session: Session, work: Work, staff: User, champion: User, late: Checklist
) -> None:
    send(session, staff, late)
    work()
    actor, step_id = actor_of(champion), late.steps[0].id
    assert len(lines_for(session, actor, named_for, language="en").rows) == 1

    checklists.complete_step(session, actor=actor, step_id=step_id, now=NOW)
    session.commit()

    assert lines_for(session, actor, named_for, language="en").rows == []
    mail = session.scalars(select(Mail).where(Mail.user_id == champion.id)).one()
    assert compose(session, mail, champion, now=NOW) is None


def test_a_text_for_the_step_comes_before_the_general_one(
    session: Session, staff: User, champion: User, late: Checklist
) -> None:
    place = place_of(late.success_map_id, "s1")
    actor = actor_of(staff)
    service.write_template(session, actor=actor, place=GENERAL, texts={"en": "{name}: {step}", "ja": ""})
    send(session, staff, late)
    deliver_all(session)
    service.write_template(session, actor=actor, place=place, texts={"en": "{why} <b>", "ja": ""})
    send(session, staff, late, now=NOW + NOT_TWICE_WITHIN)

    texts = session.scalars(select(Nudge.text).order_by(Nudge.id)).all()
    assert texts == ["Mei Ito: Import", "So that orders can name them. <b>"]


@pytest.mark.parametrize("text", ["Hello {nmae}", "x" * 2001])
def test_a_template_that_cannot_be_used_is_refused(session: Session, staff: User, text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        service.write_template(
            session, actor=actor_of(staff), place=GENERAL, texts={"en": "Hello", "ja": text}
        )
    assert refused.value.field == "text_ja"


def test_nobody_but_staff_reminds(session: Session, champion: User, late: Checklist) -> None:
    actor = actor_of(champion)
    with pytest.raises(ForbiddenError):
        send(session, champion, late)
    with pytest.raises(ForbiddenError):
        service.write_template(session, actor=actor, place=GENERAL, texts={})
    with pytest.raises(ForbiddenError):
        queries.plans_for(session, actor, Choice(), site=SITE, today=TODAY, now=NOW)
    with pytest.raises(ForbiddenError):
        queries.sent_for(session, actor)
    with pytest.raises(ForbiddenError):
        queries.done_after(session, actor, now=NOW)


def test_who_wants_none_gets_none_and_staff_see_it(
    session: Session, staff: User, champion: User, late: Checklist
) -> None:
    refuse_all(session, champion)

    [plan] = queries.plans_for(session, actor_of(staff), Choice(), site=SITE, today=TODAY, now=NOW)
    assert [letter.refusal for letter in plan.letters] == [Refusal.UNWANTED]
    assert send(session, staff, late).refused == {Refusal.UNWANTED: 1}
    assert states(session) == []


def test_what_waits_for_another_step_is_left_out(
    session: Session, staff: User, champion: User, late: Checklist
) -> None:
    ids = [step.id for step in late.steps]
    outcome = service.send(session, actor=actor_of(staff), step_ids=ids, site=SITE, today=TODAY, now=NOW)
    assert (outcome.count, outcome.left_out) == (1, 1)


def test_plans_are_found_by_what_they_are(session: Session, staff: User, late: Checklist) -> None:
    manager = make_user(session)
    other = make_account(session, touch_tier=TouchTier.TECH, manager=manager)
    stuck = make_checklist(session, other, started_on=date(2026, 10, 1))
    early = make_checklist(session, other, started_on=TODAY)
    make_checklist(session, make_account(session, status=AccountStatus.CHURNED))

    def found(**wishes: object) -> list[Checklist]:
        choice = Choice(**wishes)  # type: ignore[arg-type]  # Wishes are fields.
        plans = queries.plans_for(session, actor_of(staff), choice, site=SITE, today=TODAY, now=NOW)
        return [plan.path.checklist for plan in plans]

    assert found() == [late, stuck] or found() == [stuck, late]
    assert found(standing=Standing.ON_TRACK) == [early]
    assert found(tier=TouchTier.LOW) == [late]
    assert found(manager_id=manager.id) == [stuck]
    assert found(map_id=late.success_map_id) == [late]
    assert found(map_id=late.success_map_id, step_key="s1") == [late]
    assert found(map_id=late.success_map_id, step_key="s2") == []


# The cap.


def test_two_reach_a_person_in_a_week(
    session: Session, staff: User, account: Account, champion: User, late: Checklist
) -> None:
    several = [late, *(make_checklist(session, account) for _ in range(2))]
    assert [send(session, staff, checklist).count for checklist in several] == [1, 1, 0]
    deliver_all(session)
    assert send(session, staff, late, now=NOW + WEEK - timedelta.resolution).refused == {Refusal.ENOUGH: 1}
    assert send(session, staff, late, now=NOW + WEEK).count == 1


def test_a_second_click_reminds_nobody_again(
    session: Session, staff: User, champion: User, late: Checklist
) -> None:
    send(session, staff, late)
    assert send(session, staff, late) == Outcome(count=0, refused={Refusal.REPEATED: 1}, left_out=0)
    deliver_all(session)
    later = NOW + NOT_TWICE_WITHIN
    assert send(session, staff, late, now=later - timedelta.resolution).refused == {Refusal.REPEATED: 1}
    assert send(session, staff, late, now=later).count == 1


def test_where_there_is_room_for_some_those_that_the_preview_names_are_sent(
    session: Session, staff: User, account: Account, champion: User, late: Checklist
) -> None:
    make_checklist(session, account)
    latest = make_checklist(session, account, started_on=date(2026, 10, 1))
    plans = queries.plans_for(session, actor_of(staff), Choice(), site=SITE, today=TODAY, now=NOW)
    previewed = [plan.stop.step.id for plan in plans if plan.letters[0].refusal is None]

    ids = [plan.stop.step.id for plan in plans]
    service.send(session, actor=actor_of(staff), step_ids=ids, site=SITE, today=TODAY, now=NOW)

    assert session.scalars(select(Nudge.step_id).order_by(Nudge.id)).all() == previewed
    assert previewed[0] == latest.steps[0].id


def test_of_several_steps_at_once_only_as_many_are_sent_as_there_is_room_for(
    session: Session, staff: User, account: Account, champion: User
) -> None:
    several = [make_checklist(session, account) for _ in range(MOST_A_WEEK + 1)]
    outcome = send(session, staff, *several)
    assert (outcome.count, outcome.refused) == (MOST_A_WEEK, {Refusal.ENOUGH: 1})


ACTS = st.sampled_from(["send", "remind", "draft", "deliver", "deliver"])


@settings(max_examples=15)
@given(acts=st.lists(st.tuples(st.integers(0, 90), ACTS), min_size=3, max_size=14))
def test_no_seven_days_bring_more_than_the_most_whatever_is_tried(
    session: Session, acts: list[tuple[int, str]]
) -> None:
    staff, account = actor_of(make_user(session)), make_account(session)
    champion_id = make_user(session, account=account, role=Role.CHAMPION).id
    steps = [make_checklist(session, account).steps[0] for _ in range(3)]
    step_ids, checklist_id = [step.id for step in steps], steps[0].checklist_id
    session.rollback()

    def drafted(now: datetime) -> int:
        about = {"checklist_id": checklist_id, "step_id": step_ids[0], "user_id": champion_id}
        row = Nudge(**about, text="Hello", state=NudgeState.DRAFT, made_at=now)
        session.add(row)
        session.commit()
        return row.id

    now = NOW
    for hours, act in acts:
        now += timedelta(hours=hours)
        match act:
            case "send":
                service.send(session, actor=staff, step_ids=step_ids, site=SITE, today=now.date(), now=now)
            case "remind":
                remind(session, now)
            case "deliver":
                deliver_all(session, now)
            case _:
                with suppress(ConflictError):
                    service.send_draft(
                        session, actor=staff, nudge_id=drafted(now), text="Hi", edition=1, now=now
                    )
        session.commit()
    deliver_all(session, now)

    sent = select(Nudge.sent_at).where(Nudge.user_id == champion_id, Nudge.sent_at.is_not(None))
    times = [at for at in session.scalars(sent) if at]
    assert all(sum(end - WEEK < at <= end for at in times) <= MOST_A_WEEK for end in times)
    assert bool(times) or not any(act in {"send", "draft"} for _hours, act in acts)


def test_what_arrives_late_is_counted_when_it_arrives(
    session: Session, staff: User, account: Account, champion: User, late: Checklist
) -> None:
    send(session, staff, late, make_checklist(session, account))
    later = NOW + timedelta(days=6)
    deliver_all(session, later)

    other = make_checklist(session, account)
    assert send(session, staff, other, now=NOW + WEEK).refused == {Refusal.ENOUGH: 1}
    assert send(session, staff, late, now=later + WEEK).count == 1


# When it is sent.


@pytest.mark.parametrize(
    "meanwhile", ["done", "deactivated", "suspended", "churned", "moved", "unwanted", "gone"]
)
def test_what_is_not_wanted_any_more_is_not_sent(
    session: Session,
    work: Work,
    staff: User,
    account: Account,
    champion: User,
    late: Checklist,
    meanwhile: str,
) -> None:
    send(session, staff, late)
    match meanwhile:
        case "done":
            checklists.complete_step(session, actor=actor_of(champion), step_id=late.steps[0].id, now=NOW)
        case "deactivated":
            champion.is_active = False
        case "suspended":
            suspend(session, staff, champion)
        case "churned":
            account.status = AccountStatus.CHURNED
        case "moved":
            champion.account = make_account(session)
        case "unwanted":
            refuse_all(session, champion)
        case _:
            late.steps.remove(late.steps[0])
    session.commit()

    work()

    assert states(session) == [(champion.id, NudgeState.DROPPED)]
    assert told(session, champion) == []
    assert session.scalars(select(ChecklistAct).where(ChecklistAct.act == Act.NUDGED)).all() == []


# By the site.


@pytest.mark.parametrize("tier", [TouchTier.LOW, TouchTier.TECH])
def test_in_low_and_tech_touch_the_site_reminds_by_itself(
    session: Session, work: Work, account: Account, champion: User, late: Checklist, tier: TouchTier
) -> None:
    account.touch_tier = tier
    session.commit()
    remind(session, datetime(2026, 11, 13, 3, 0, tzinfo=UTC))
    assert states(session) == []

    for _ in range(3):
        remind(session)
    work()

    assert states(session) == [(champion.id, NudgeState.SENT)]
    assert len(told(session, champion)) == 1
    [act] = session.scalars(select(ChecklistAct).where(ChecklistAct.act == Act.NUDGED))
    assert act.actor_id is None


def test_the_site_reminds_again_after_a_week_and_three_times_in_all(
    session: Session, champion: User, late: Checklist
) -> None:
    start = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    for day in range(30):
        remind(session, start + timedelta(days=day))
        deliver_all(session, start + timedelta(days=day))
    times = session.scalars(select(Nudge.sent_at).order_by(Nudge.sent_at)).all()
    assert [at and (at - start).days for at in times] == [0, 7, 14]
    assert len(times) == MOST_A_STEP


def test_what_staff_sent_does_not_count_for_the_three_of_the_site(
    session: Session, staff: User, champion: User, late: Checklist
) -> None:
    start = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    for week in range(MOST_A_STEP):
        send(session, staff, late, now=start + week * WEEK)
        deliver_all(session, start + week * WEEK)
    remind(session, start + MOST_A_STEP * WEEK - timedelta.resolution)
    assert len(states(session)) == MOST_A_STEP
    remind(session, start + MOST_A_STEP * WEEK)
    assert len(states(session)) == MOST_A_STEP + 1


def test_the_week_begins_when_a_reminder_arrived(session: Session, champion: User, late: Checklist) -> None:
    start = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    remind(session, start)
    deliver_all(session, start + timedelta(hours=1))
    remind(session, start + WEEK)
    assert len(states(session)) == 1
    remind(session, start + WEEK + timedelta(hours=1))
    assert len(states(session)) == 2


def test_a_step_that_was_opened_again_is_reminded_of_anew(
    session: Session, champion: User, late: Checklist
) -> None:
    remind(session)
    deliver_all(session)
    late.steps[0].reopened_at = NOW + timedelta(hours=1)
    session.commit()
    remind(session, NOW + timedelta(days=3))
    assert [state for _user_id, state in states(session)] == [NudgeState.SENT, NudgeState.QUEUED]


@pytest.mark.parametrize(
    "quiet", [datetime(2026, 11, 19, 15, 0, tzinfo=UTC), datetime(2026, 11, 21, 3, 0, tzinfo=UTC)]
)
def test_the_site_waits_while_it_is_quiet(
    session: Session, champion: User, late: Checklist, quiet: datetime
) -> None:
    remind(session, quiet)
    assert states(session) == []


def test_all_late_checklists_are_looked_at(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    people = [make_customer(session) for _ in range(5)]
    for person in people:
        assert person.account
        make_checklist(session, person.account)
    remind(session)
    assert [user_id for user_id, _state in states(session)] == [person.id for person in people]


# Drafts.


@pytest.fixture
def manager(session: Session, account: Account) -> User:
    manager = make_user(session, name="Aoi Mori")
    account.manager, account.touch_tier = manager, TouchTier.HIGH
    session.commit()
    return manager


@pytest.fixture
def waiting(session: Session, work: Work, manager: User, champion: User, late: Checklist) -> Nudge:
    """A draft to the champion of a high touch account."""
    remind(session)
    work()
    look_again(session)
    return session.scalars(select(Nudge)).one()


def test_in_high_touch_the_site_only_drafts(
    session: Session, waiting: Nudge, manager: User, champion: User, staff: User
) -> None:
    assert waiting.state is NudgeState.DRAFT
    assert waiting.text.endswith("Aoi Mori")
    assert told(session, champion) == []
    assert len(told(session, manager, "nudge_drafted")) == 1
    assert queries.drafts_for(session, actor_of(manager), now=NOW) == [waiting]
    assert queries.drafts_for(session, actor_of(staff), now=NOW) == []
    assert queries.drafts_for(session, actor_of(staff), of_all=True, now=NOW) == [waiting]


def test_a_draft_waits_alone(session: Session, waiting: Nudge) -> None:
    remind(session, NOW + timedelta(days=14))
    assert len(states(session)) == 1


def test_a_draft_is_in_the_way_of_nothing_once_the_site_reminds_by_itself(
    session: Session, account: Account, waiting: Nudge
) -> None:
    session.get_one(Account, account.id).touch_tier = TouchTier.LOW
    session.commit()
    remind(session)
    assert [state for _user_id, state in states(session)] == [NudgeState.DRAFT, NudgeState.QUEUED]


def test_the_manager_changes_and_sends_a_draft(
    session: Session, work: Work, waiting: Nudge, manager: User, champion: User
) -> None:
    actor = actor_of(manager)
    service.write_draft(
        session, actor=actor, nudge_id=waiting.id, text="Dear Mei,\r\nshall we talk?", edition=1
    )
    service.send_draft(session, actor=actor, nudge_id=waiting.id, text=None, edition=2, now=NOW)
    session.commit()
    work()

    [notice] = told(session, champion)
    assert notice.params["text"] == "Dear Mei,\nshall we talk?"
    assert queries.drafts_for(session, actor, now=NOW) == []
    [sent] = queries.sent_for(session, actor)
    assert (sent.sender_id, sent.state) == (manager.id, NudgeState.SENT)
    with pytest.raises(ConflictError):
        service.discard_draft(session, actor=actor, nudge_id=waiting.id)


def test_nobody_replaces_or_sends_a_text_that_they_have_not_seen(
    session: Session, waiting: Nudge, manager: User
) -> None:
    actor, nudge_id = actor_of(manager), waiting.id
    service.write_draft(session, actor=actor, nudge_id=nudge_id, text="Dear Mei", edition=1)
    with pytest.raises(ConflictError):
        service.write_draft(session, actor=actor, nudge_id=nudge_id, text="Hi", edition=1)
    for text in ("Hi", None):
        with pytest.raises(ConflictError):
            service.send_draft(session, actor=actor, nudge_id=nudge_id, text=text, edition=1, now=NOW)
    assert (waiting.text, waiting.state) == ("Dear Mei", NudgeState.DRAFT)


def test_a_discarded_draft_is_not_made_again_for_a_week(
    session: Session, waiting: Nudge, manager: User
) -> None:
    service.discard_draft(session, actor=actor_of(manager), nudge_id=waiting.id)
    session.commit()
    remind(session, NOW + timedelta(days=6))
    assert len(states(session)) == 1
    remind(session, NOW + timedelta(days=7))
    assert len(states(session)) == 2


def test_a_draft_of_a_step_that_is_done_waits_no_more(
    session: Session, waiting: Nudge, manager: User, late: Checklist
) -> None:
    actor = actor_of(manager)
    checklists.complete_step(session, actor=actor, step_id=late.steps[0].id, now=NOW)
    session.commit()
    assert queries.drafts_for(session, actor, now=NOW) == []
    with pytest.raises(ConflictError):
        service.send_draft(session, actor=actor, nudge_id=waiting.id, text="Hi", edition=1, now=NOW)


def test_a_draft_to_someone_suspended_waits_until_they_are_back(
    session: Session, waiting: Nudge, manager: User, champion: User
) -> None:
    actor = actor_of(manager)
    suspend(session, manager, champion)
    assert queries.drafts_for(session, actor, now=NOW) == []
    with pytest.raises(ConflictError):
        service.send_draft(session, actor=actor, nudge_id=waiting.id, text="Hi", edition=1, now=NOW)
    assert queries.drafts_for(session, actor, now=NOW + timedelta(days=365)) == [waiting]


def test_a_draft_leaves_room_for_what_is_on_its_way(
    session: Session, waiting: Nudge, manager: User, account: Account, late: Checklist
) -> None:
    send(session, manager, late, make_checklist(session, account))
    with pytest.raises(ConflictError):
        service.send_draft(
            session, actor=actor_of(manager), nudge_id=waiting.id, text="Hi", edition=1, now=NOW
        )


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001])
def test_a_draft_says_something(session: Session, waiting: Nudge, manager: User, text: str) -> None:
    with pytest.raises(InvalidError):
        service.send_draft(
            session, actor=actor_of(manager), nudge_id=waiting.id, text=text, edition=1, now=NOW
        )


def test_a_draft_has_room_for_what_was_filled_in(session: Session, waiting: Nudge, manager: User) -> None:
    text = "x" * 4000
    service.send_draft(session, actor=actor_of(manager), nudge_id=waiting.id, text=text, edition=1, now=NOW)
    assert waiting.text == text


def test_drafts_are_for_staff(session: Session, waiting: Nudge, champion: User, manager: User) -> None:
    actor: Actor = actor_of(champion)
    with pytest.raises(ForbiddenError):
        service.send_draft(session, actor=actor, nudge_id=waiting.id, text="Hi", edition=1, now=NOW)
    with pytest.raises(ForbiddenError):
        queries.drafts_for(session, actor, now=NOW)
    with pytest.raises(NotFoundError):
        queries.draft_for(session, actor_of(manager), 424242)


# What became of it.


def test_what_is_done_within_a_week_is_counted(
    session: Session, staff: User, champion: User, late: Checklist, account: Account
) -> None:
    other = make_checklist(session, account)
    send(session, staff, late, other)
    deliver_all(session)
    day = timedelta(days=1)
    checklists.complete_step(session, actor=actor_of(champion), step_id=late.steps[0].id, now=NOW + 6 * day)
    session.commit()

    assert queries.done_after(session, actor_of(staff), now=NOW + 6 * day).denominator == 0
    rate = queries.done_after(session, actor_of(staff), now=NOW + 7 * day)
    assert (rate.numerator, rate.denominator) == (1, 2)


def test_a_mail_can_be_stopped_and_the_inbox_goes_on(
    session: Session, work: Work, staff: User, champion: User, late: Checklist
) -> None:
    notifications.stop_mail(session, user_id=champion.id, scope="kind:nudge")
    session.commit()
    send(session, staff, late)
    work()
    assert [notice.delivery for notice in told(session, champion)] == [Delivery.INBOX]
