"""What people's outcomes come to, counted from the rows in plain Python and by the words of the documents."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Role
from portal.accounts.models import User
from portal.forum.models import IdeaStatus, Post, PostVote, Topic, TopicKind


@dataclass
class Tally:
    """What one person's outcomes come to."""

    points: int = 0
    accepted: int = 0
    votes: int = 0
    answers: int = 0
    topics: int = 0
    badges: set[str] = field(default_factory=set)

    @property
    def level(self) -> int:
        if self.points >= 500 and self.accepted >= 25:
            return 3
        if self.points >= 100 and self.accepted >= 5:
            return 2
        return 1 if self.points >= 10 else 0


class Recount:
    """All the rows; the oracle asks them one by one."""

    def __init__(self, session: Session) -> None:
        self.users = {user.id: user for user in session.scalars(select(User))}
        self.topics = list(session.scalars(select(Topic)))
        with_board = joinedload(Post.topic).joinedload(Topic.board)
        self.posts = list(session.scalars(select(Post).options(with_board)))
        self.votes = list(session.scalars(select(PostVote)))

    def of(self, user_id: int, *, since: datetime | None = None) -> Tally:
        """Count for one person, or only what happened since an instant."""
        tally = Tally()
        if self.users[user_id].role in {Role.STAFF, Role.ADMIN}:
            return tally
        languages, best = set(), 0
        for post in self.posts:
            topic = post.topic
            if post.author_id != user_id or post.position is None or post.removed_at or topic.removed_at:
                continue
            if not {"public", "signed-in"} & topic.board.audience:
                continue
            votes = [vote for vote in self.votes if vote.post_id == post.id]
            votes = [vote for vote in votes if self.strange(vote.user_id, user_id)]
            recent = [vote for vote in votes if since is None or vote.voted_at >= since]
            tally.votes += len(recent)
            if post.position == 1:
                tally.topics += 1
                tally.points += 5 * len(recent)
                self._for_a_topic(tally, topic)
                continue
            tally.points += 10 * len(recent)
            if topic.kind is not TopicKind.QUESTION or not self.strange(topic.author_id, user_id):
                continue
            tally.answers += 1
            languages.add(post.language)
            best = max(best, len(votes))
            self._for_an_answer(tally, post, since)
        if len(languages) > 1:
            tally.badges.add("two_languages")
        if best >= 5:
            tally.badges.add("well_liked")
        if tally.accepted >= 10:
            tally.badges.add("ten_solutions")
        return tally

    def strange(self, one: int, other: int) -> bool:
        """Tell whether two people have nothing to do with each other."""
        mine, theirs = self.users[one].account_id, self.users[other].account_id
        return one != other and (mine is None or theirs is None or mine != theirs)

    def _for_a_topic(self, tally: Tally, topic: Topic) -> None:
        if topic.kind is TopicKind.QUESTION:
            tally.badges.add("first_question")
        if topic.kind in {TopicKind.REVIEW, TopicKind.USE_CASE}:
            tally.badges.add("storyteller")
        if topic.idea_status is IdeaStatus.SHIPPED:
            tally.badges.add("shipped_idea")

    def _for_an_answer(self, tally: Tally, post: Post, since: datetime | None) -> None:
        tally.badges.add("first_answer")
        waited = post.created_at - post.topic.created_at
        if waited <= timedelta(minutes=60):
            tally.badges.add("quick_help")
        questions = [
            (topic.created_at, topic.id)
            for topic in self.topics
            if topic.author_id == post.topic.author_id and topic.kind is TopicKind.QUESTION
        ]
        if min(questions)[1] == post.topic_id:
            tally.badges.add("welcome")
        if post.accepted_at and (since is None or post.accepted_at >= since):
            tally.accepted += 1
            tally.points += 15
            tally.badges.add("first_solution")
            if waited > timedelta(days=30):
                tally.badges.add("never_too_late")
