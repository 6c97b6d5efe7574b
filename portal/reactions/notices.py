"""Who is told what concerns their own work: requests, reviews, articles, what they said."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.accounts.sanctions import Sanction
from portal.core.errors import NotFoundError
from portal.events import (
    ArticlesDue,
    FeedbackResolved,
    PersonSanctioned,
    RequestAnswered,
    RequestOpened,
    ReviewAsked,
    ReviewGiven,
    TaskMade,
)
from portal.health.tasks.models import AccountTask
from portal.knowledge.editing.reviews import reviewers_of
from portal.knowledge.models import ArticleReview, ArticleRevision, ArticleVote, Translation
from portal.knowledge.paths import path_of_article, path_of_review, path_of_text, path_of_upkeep
from portal.knowledge.queries import article_for
from portal.knowledge.rules import DueState
from portal.knowledge.upkeep.queries import standings_of
from portal.notifications.service import News, tell
from portal.support.models import SupportRequest


def tell_sanctioned(session: Session, event: PersonSanctioned, now: datetime) -> None:
    """Who was silenced or suspended hears why, and how to object."""
    sanction = session.get_one(Sanction, event.sanction_id)
    tell(
        session,
        News(
            kind="sanctioned",
            params={"reason": sanction.reason, "day": sanction.ends_at.date().isoformat()},
            path="/sanction/",
            cause=f"sanctioned:{sanction.id}",
        ),
        to=[sanction.user_id],
        now=now,
    )


def tell_manager(session: Session, event: RequestOpened, now: datetime) -> None:
    """The account's CS manager hears of a new request; accounts without one wait in the staff list."""
    request = session.get_one(SupportRequest, event.request_id, options=[joinedload(SupportRequest.author)])
    account = session.get(Account, request.account_id) if request.account_id else None
    if account and account.manager_id:
        tell(
            session,
            News(
                kind="request_opened",
                params={"name": request.author.name, "title": request.title},
                path=f"/support/requests/{request.id}",
                cause=f"request_opened:{request.id}",
                subject=f"request:{request.id}",
            ),
            to=[account.manager_id],
            now=now,
        )


def tell_requester(session: Session, event: RequestAnswered, now: datetime) -> None:
    """The one who wrote hears that there is an answer."""
    request = session.get_one(SupportRequest, event.request_id)
    tell(
        session,
        News(
            kind="request_answered",
            params={"title": request.title},
            path=f"/support/requests/{request.id}",
            cause=f"request_answered:{event.reply_id}",
            subject=f"request:{request.id}",
            thread=f"request:{request.id}",
        ),
        to=[request.author_id],
        now=now,
    )


def tell_voters(session: Session, event: FeedbackResolved, now: datetime) -> None:
    """Those who said what an article lacked hear what became of it, if they may still read it."""
    votes = select(ArticleVote).where(
        ArticleVote.id.in_(event.vote_ids), ArticleVote.resolved_at.is_not(None)
    )
    for vote in session.scalars(votes.order_by(ArticleVote.id)):
        person = _reader(session, vote)
        if person is None:
            continue
        try:
            text = article_for(session, person.as_actor(), vote.article_id, language=vote.language)
        except NotFoundError:
            continue
        tell(
            session,
            News(
                kind="feedback_resolved",
                params={"title": text.title, "note": vote.resolution},
                path=path_of_article(text.article_id, text.slug, language=text.language),
                cause=f"feedback_resolved:{vote.id}:{vote.resolved_at}",
                subject=f"article:{text.article_id}",
                thread=f"article:{text.article_id}",
            ),
            to=[person.id],
            now=now,
        )


def _reader(session: Session, vote: ArticleVote) -> User | None:
    """Return who voted; None for a visitor."""
    who = select(User).options(joinedload(User.account)).where(User.id == vote.user_id)
    return session.scalar(who) if vote.user_id is not None else None


def tell_whose_task(session: Session, event: TaskMade, now: datetime) -> None:
    """The account's CS manager hears what there is to do, unless that was done meanwhile."""
    task = session.get_one(AccountTask, event.task_id, options=[joinedload(AccountTask.account)])
    if task.is_open and task.account.manager_id:
        tell(
            session,
            News(
                kind="account_task",
                params={"title": task.account.name, "day": task.due_on.isoformat()},
                path=f"/staff/tasks/{task.id}",
                cause=f"account_task:{task.id}",
            ),
            to=[task.account.manager_id],
            now=now,
        )


def tell_reviewers(session: Session, event: ReviewAsked, now: datetime) -> None:
    """Whoever could review a text hears that it waits."""
    revision = session.get_one(ArticleRevision, event.revision_id)
    translation = session.get_one(Translation, revision.translation_id)
    asker = session.get(User, event.asked_by_id) if event.asked_by_id is not None else None
    tell(
        session,
        News(
            kind="review_asked",
            params={"name": asker.name if asker else "", "title": revision.title},
            path=path_of_review(translation.article_id, language=translation.language),
            cause=f"review_asked:{revision.id}:{revision.review_asked_at}",
            subject=f"article:{translation.article_id}",
        ),
        to=reviewers_of(session, revision.id),
        now=now,
    )


def tell_verifier(session: Session, event: ArticlesDue, now: datetime) -> None:
    """Who verifies articles hears that they are due, in one notice; where nobody does, every admin."""
    standings = standings_of(session, None, now=now)
    due = [key for key in event.article_ids if key in standings and standings[key].state is DueState.OVERDUE]
    if not due:
        return
    staff = accounts.staff_for(session, SYSTEM)
    verifier = [person for person in staff if person.id == event.verifier_id]
    for person in verifier or [person for person in staff if person.role is Role.ADMIN]:
        text = article_for(session, person.as_actor(), due[0], language=person.language or "")
        whose = "mine" if verifier else event.verifier_id or "none"
        tell(
            session,
            News(
                kind="articles_due",
                params={"count": len(due), "title": text.title},
                path=f"{path_of_upkeep()}?state=overdue&verifier={whose}",
                cause=f"articles_due:{event.verifier_id}:{event.at}",
            ),
            to=[person.id],
            now=now,
        )


def tell_author(session: Session, event: ReviewGiven, now: datetime) -> None:
    """Who wrote a text hears what a second person says about it."""
    review = session.get_one(ArticleReview, event.review_id, options=[joinedload(ArticleReview.reviewer)])
    revision = session.get_one(ArticleRevision, review.revision_id)
    translation = session.get_one(Translation, revision.translation_id)
    if revision.author_id is not None:
        tell(
            session,
            News(
                kind=f"review_{review.verdict}",
                params={"name": review.reviewer.name if review.reviewer else "", "title": revision.title},
                path=path_of_text(translation.article_id, language=translation.language),
                cause=f"review_given:{review.id}",
                subject=f"article:{translation.article_id}",
            ),
            to=[revision.author_id],
            now=now,
        )
