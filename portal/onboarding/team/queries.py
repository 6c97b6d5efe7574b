"""What the people of an account have done, for its champion and staff."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import Account, Invitation, SignIn, User
from portal.core.clock import site_day
from portal.core.errors import ForbiddenError
from portal.onboarding.models import ChecklistStep
from portal.onboarding.people.queries import assignees_of
from portal.onboarding.queries import checklists_for
from portal.onboarding.team import policies
from portal.onboarding.team.rules import MemberProgress, nobodys, progress_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """The people of an account: members, who was invited and has not joined, and steps that nobody does."""

    account: Account
    members: Sequence[MemberProgress]
    invited: Sequence[Invitation]
    nobodys: Sequence[ChecklistStep]


def team_for(session: Session, actor: Actor, account_id: int, *, today: date) -> Team:
    """Return how the people of an account who are there, or left open steps behind, stand on the site's day.

    Raises:
        NotFoundError: no such account that the actor may see.
        ForbiddenError: the actor is neither the account's champion nor staff.
    """
    account = accounts.account_for(session, actor, account_id)
    if not policies.may_see_team(actor, account.id):
        raise ForbiddenError("see team")
    checklists = checklists_for(session, actor, account_id=account.id)
    steps = [step for checklist in checklists for step in checklist.steps]
    doing = assignees_of(session, steps)
    doers = {step_id: {person.id for person in people} for step_id, people in doing.items()}
    active = accounts.members_for(session, actor, account.id)
    people = [*active, *_left_behind(steps, doing, account.id)]
    signed_in = _last_sign_ins(session, [person.id for person in people])
    return Team(
        account=account,
        members=[
            progress_of(person, steps, doers, signed_in_on=signed_in.get(person.id), today=today)
            for person in people
        ],
        invited=accounts.invitations_for(session, actor, account.id),
        nobodys=nobodys(steps, doers, {person.id for person in active}),
    )


def _left_behind(
    steps: Sequence[ChecklistStep], doing: Mapping[int, Sequence[User]], account_id: int
) -> list[User]:
    """Return the people of an account who are not there any more and were to do what is still open."""
    still_open = (doing[step.id] for step in steps if step.id in doing and not step.is_done)
    gone = {
        person.id: person
        for people in still_open
        for person in people
        if not person.is_active and person.account_id == account_id
    }
    return sorted(gone.values(), key=lambda person: person.name)


def _last_sign_ins(session: Session, user_ids: Collection[int]) -> Mapping[int, date]:
    """Return the site's day on which each person last signed in; who never did is left out."""
    last = select(SignIn.user_id, func.max(SignIn.created_at)).where(SignIn.user_id.in_(user_ids))
    return {user_id: site_day(at) for user_id, at in session.execute(last.group_by(SignIn.user_id))}
