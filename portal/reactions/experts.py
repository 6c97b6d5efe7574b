"""Who hears that they are asked for an answer, and that a question waits too long for one."""

from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Account
from portal.events import InvitationDue, QuestionWaits
from portal.forum.experts.candidates import KIND, can_be_asked
from portal.forum.experts.models import ExpertInvitation, InvitationState
from portal.forum.experts.queries import is_waiting
from portal.forum.models import Topic
from portal.forum.paths import path_of_topic
from portal.notifications.service import News, tell


def tell_invited(session: Session, event: InvitationDue, now: datetime) -> None:
    """Who was asked about a question hears of it, unless it is answered or not for them any more."""
    with_topic = joinedload(ExpertInvitation.topic).joinedload(Topic.board)
    invitation = session.get_one(
        ExpertInvitation,
        event.invitation_id,
        options=[with_topic, joinedload(ExpertInvitation.invited_by)],
    )
    topic, user_id = invitation.topic, invitation.user_id
    if invitation.state is not InvitationState.SENT:
        return
    if not is_waiting(session, topic.id) or not can_be_asked(session, topic, user_id, now=now):
        invitation.state = InvitationState.DROPPED
        return
    tell(
        session,
        News(
            kind=KIND,
            params={"name": invitation.invited_by.name, "title": topic.title},
            path=f"{path_of_topic(topic)}?invited=1",
            cause=f"{KIND}:{invitation.id}",
            subject=f"topic:{topic.id}",
            thread=f"topic:{topic.id}",
        ),
        to=[user_id],
        now=now,
    )


def tell_manager(session: Session, event: QuestionWaits, now: datetime) -> None:
    """The account's CS manager hears of a question that waits; without one it stands in the staff list."""
    topic = session.get_one(Topic, event.topic_id)
    account = session.get_one(Account, topic.account_id)
    if account.manager_id and is_waiting(session, topic.id):
        tell(
            session,
            News(
                kind="question_waits",
                params={"name": account.name, "title": topic.title},
                path=path_of_topic(topic),
                cause=f"question_waits:{topic.id}",
                subject=f"topic:{topic.id}",
                thread=f"topic:{topic.id}",
            ),
            to=[account.manager_id],
            now=now,
        )
