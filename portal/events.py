"""Every domain event: the shared vocabulary of what can happen.

An event names rows by id and says when it happened (`at`, ISO 8601); whoever reacts reads the rows.
"""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True, kw_only=True)
class UserSignedIn(Event):
    """A person signed in. `account_id` is None for staff."""

    user_id: int
    account_id: int | None
    at: str


@dataclass(frozen=True, kw_only=True)
class ArticleVoted(Event):
    """A reader said whether an article helped; saying it again replaces the answer."""

    vote_id: int


@dataclass(frozen=True, kw_only=True)
class FeedbackResolved(Event):
    """Staff have dealt with what some readers said about an article."""

    vote_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ArticlePublished(Event):
    """Readers see another text of an article than before."""

    article_id: int


@dataclass(frozen=True, kw_only=True)
class TaskMade(Event):
    """A rule found something for staff to do about an account."""

    task_id: int


@dataclass(frozen=True, kw_only=True)
class TextPublished(Event):
    """Readers see a newer revision of an article's text. `since` is the number of the last one, 0 if none."""

    translation_id: int
    since: int
    number: int
    at: str


@dataclass(frozen=True, kw_only=True)
class ReviewAsked(Event):
    """A text of an article waits for a second person. `asked_by_id` is None for the system."""

    revision_id: int
    asked_by_id: int | None


@dataclass(frozen=True, kw_only=True)
class ReviewGiven(Event):
    """A second person approved a text of an article, or asked for changes."""

    review_id: int


@dataclass(frozen=True, kw_only=True)
class ArticlesDue(Event):
    """Articles have become due to be verified. `verifier_id` is None where nobody is named."""

    verifier_id: int | None
    article_ids: tuple[int, ...]
    at: str


@dataclass(frozen=True, kw_only=True)
class SnippetChanged(Event):
    """A text that articles use says something else; those whose texts' ids are above `after_id` follow."""

    snippet_id: int
    after_id: int = 0


@dataclass(frozen=True, kw_only=True)
class TopicPosted(Event):
    """A question or discussion was started."""

    topic_id: int


@dataclass(frozen=True, kw_only=True)
class ReplyPosted(Event):
    """Someone replied in a topic."""

    post_id: int


@dataclass(frozen=True, kw_only=True)
class CommentPosted(Event):
    """Someone said something about a post, below it."""

    post_id: int


@dataclass(frozen=True, kw_only=True)
class IdeaShipped(Event):
    """What an idea asked for is part of the product."""

    topic_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class TopicsImported(Event):
    """Topics came in from another product, with all their posts."""

    topic_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PostVoted(Event):
    """Someone voted a post up. `voter_account_id` is None for staff."""

    post_id: int
    voter_id: int
    voter_account_id: int | None


@dataclass(frozen=True, kw_only=True)
class StandingChanged(Event):
    """Readers see posts who did not before, or no longer; or what was a solution is none, or is one again."""

    post_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class OutcomesChanged(Event):
    """What these people wrote fares otherwise: a vote, a solution, whether it stands."""

    user_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ThanksChanged(Event):
    """Someone thanked the author of a post, or took that back."""

    post_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class QuestionSeconded(Event):
    """Someone has the question too whose own text is the post."""

    post_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PostRemoved(Event):
    """A moderator took away what someone else had written, at a UTC time."""

    post_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class PostFlagged(Event):
    """Someone asked a moderator to look at a post."""

    flag_id: int


@dataclass(frozen=True, kw_only=True)
class PersonSanctioned(Event):
    """Staff silenced or suspended someone."""

    sanction_id: int


@dataclass(frozen=True, kw_only=True)
class InvitationDue(Event):
    """Someone is asked about a question, and it is not quiet where they live."""

    invitation_id: int


@dataclass(frozen=True, kw_only=True)
class QuestionWaits(Event):
    """A question has waited too long for an answer."""

    topic_id: int


@dataclass(frozen=True, kw_only=True)
class AnswerAccepted(Event):
    """The asker, or a moderator, chose an answer as the solution."""

    topic_id: int
    post_id: int
    accepted_by_id: int | None
    at: str


@dataclass(frozen=True, kw_only=True)
class RequestOpened(Event):
    """A question reached staff after all."""

    request_id: int


@dataclass(frozen=True, kw_only=True)
class RequestAnswered(Event):
    """Staff replied to a request."""

    request_id: int
    reply_id: int


@dataclass(frozen=True, kw_only=True)
class RequestResolved(Event):
    """A request was settled."""

    request_id: int


@dataclass(frozen=True, kw_only=True)
class StepCompleted(Event):
    """A checklist step was done, by hand or by a signal."""

    step_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class StepReopened(Event):
    """A checklist step that was done is open again. `because` says why its proof is none; empty by hand."""

    step_id: int
    at: str
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class StepsProved(Event):
    """Signals completed these checklist steps, or completed them at another time than was known before."""

    step_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class NudgeDue(Event):
    """Someone is to be reminded of a checklist step."""

    nudge_id: int


@dataclass(frozen=True, kw_only=True)
class NudgeDrafted(Event):
    """The site would remind someone of a checklist step, if their account's manager agrees."""

    nudge_id: int


@dataclass(frozen=True, kw_only=True)
class ProofsAsked(Event):
    """Checklist steps are to be proved by what is in the ledger already: new ones, or by another proof."""

    step_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class GoalsAsked(Event):
    """Goals are to be counted by what is in the ledger already: new or changed ones, or on a new day."""

    goal_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class GoalReached(Event):
    """The value of a goal reached its target."""

    goal_id: int


@dataclass(frozen=True, kw_only=True)
class GoalReopened(Event):
    """A goal that was reached is not: what it counted was taken back, or it asks for something else."""

    goal_id: int


@dataclass(frozen=True, kw_only=True)
class ChecklistCompleted(Event):
    """A checklist is complete without a step being done: what was open of it is asked no more."""

    checklist_id: int


@dataclass(frozen=True, kw_only=True)
class StepAssigned(Event):
    """A person is to do a checklist step."""

    step_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class StepCommented(Event):
    """Someone said something about a checklist step."""

    comment_id: int


@dataclass(frozen=True, kw_only=True)
class SpanChanged(Event):
    """An account begins, leaves or comes back on another day than was known."""

    account_id: int


@dataclass(frozen=True, kw_only=True)
class FootingChanged(Event):
    """What an account is measured by has changed: its seats, or steps of a checklist or their days."""

    account_id: int


@dataclass(frozen=True, kw_only=True)
class AlertOpened(Event):
    """A rule speaks of an account that somebody should look at."""

    alert_id: int


@dataclass(frozen=True, kw_only=True)
class AlertClosed(Event):
    """What a rule said of an account is over."""

    alert_id: int


@dataclass(frozen=True, kw_only=True)
class SignalsRecorded(Event):
    """New rows stand in the ledger."""

    signal_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class SignalsVoided(Event):
    """Rows of the ledger count no more, as what they report was taken back; `reason` says how."""

    signal_ids: tuple[int, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ErasureGoesOn(Event):
    """Rows of the ledger still lead to a person who has asked to be taken out."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class RetractionGoesOn(Event):
    """Facts still rest on a name whose meaning was taken back."""

    alias_id: int


@dataclass(frozen=True, kw_only=True)
class SignalsRestored(Event):
    """Rows of the ledger that were taken back count again."""

    signal_ids: tuple[int, ...]
