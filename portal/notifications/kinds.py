"""The one registry of what people can be told, and how it reaches them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.core.i18n import N_


class Delivery(StrEnum):
    """How a person hears of something; all but `nothing` put it into the inbox as well."""

    IMMEDIATELY = "immediately"
    DAILY = "daily"
    WEEKLY = "weekly"
    INBOX = "inbox"
    NOTHING = "nothing"


DIGESTS: Final = (Delivery.DAILY, Delivery.WEEKLY)


class Category(StrEnum):
    """Which part of the site a kind belongs to."""

    COMMUNITY = "community"
    HELP = "help"
    ONBOARDING = "onboarding"
    REQUESTS = "requests"
    CONTENT = "content"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeKind:
    """A kind of notice, how it reaches people who have chosen nothing, and whether only staff get it.

    One that `must_arrive` is in the inbox whatever its person chooses. One that `is_letter` is a mail of its
    own, never a line of an inbox: it comes or does not.
    """

    name: str
    category: Category
    label: str
    default: Delivery
    is_for_staff: bool = False
    must_arrive: bool = False
    is_letter: bool = False

    @property
    def ways(self) -> tuple[Delivery, ...]:
        """How people can choose to hear of it."""
        if self.is_letter:
            return (self.default, Delivery.NOTHING)
        return tuple(way for way in Delivery if not (self.must_arrive and way is Delivery.NOTHING))

    def reached_by(self, chosen: Delivery | None) -> Delivery:
        """Return how a person hears of it who has chosen this; None if nothing."""
        if chosen is Delivery.NOTHING and self.must_arrive:
            return Delivery.INBOX
        if self.is_letter and chosen not in {None, self.default}:
            return Delivery.NOTHING
        return chosen or self.default


_ALL: Final = (
    NoticeKind(
        name="reply",
        category=Category.COMMUNITY,
        label=N_("Someone replies in a topic that you started"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="accepted",
        category=Category.COMMUNITY,
        label=N_("Your answer is accepted"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="mention",
        category=Category.COMMUNITY,
        label=N_("Someone names you"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="comment",
        category=Category.COMMUNITY,
        label=N_("Someone comments where you wrote"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="original_solved",
        category=Category.COMMUNITY,
        label=N_("A question that you have too is solved"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="thanked",
        category=Category.COMMUNITY,
        label=N_("Someone thanks you for what you wrote"),
        default=Delivery.INBOX,
    ),
    NoticeKind(
        name="answer_in_article",
        category=Category.COMMUNITY,
        label=N_("An article was made of your answer"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="expert_invited",
        category=Category.COMMUNITY,
        label=N_("Someone asks whether you can answer a question"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="question_waits",
        category=Category.COMMUNITY,
        label=N_("A question of an account that you manage has no answer for too long"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="idea_shipped",
        category=Category.COMMUNITY,
        label=N_("An idea that you wanted is there"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="watched_reply",
        category=Category.COMMUNITY,
        label=N_("Someone replies in a topic that you watch"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="watched_topic",
        category=Category.COMMUNITY,
        label=N_("A topic is started in a board or under a tag that you watch"),
        default=Delivery.DAILY,
    ),
    NoticeKind(
        name="watched_text",
        category=Category.HELP,
        label=N_("An article that you watch, or in a section that you watch, is new or says something new"),
        default=Delivery.DAILY,
    ),
    NoticeKind(
        name="feedback_resolved",
        category=Category.HELP,
        label=N_("Staff answer what you said about an article"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="badge",
        category=Category.COMMUNITY,
        label=N_("You earn a badge"),
        default=Delivery.INBOX,
    ),
    NoticeKind(
        name="level",
        category=Category.COMMUNITY,
        label=N_("More is open to you in the community"),
        default=Delivery.INBOX,
    ),
    NoticeKind(
        name="post_removed",
        category=Category.COMMUNITY,
        label=N_("A moderator removes what you wrote"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="sanctioned",
        category=Category.COMMUNITY,
        label=N_("You cannot write for now, and why"),
        default=Delivery.IMMEDIATELY,
        must_arrive=True,
    ),
    NoticeKind(
        name="goal_reached",
        category=Category.ONBOARDING,
        label=N_("A goal of your company, or of an account that you manage, is reached"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="request_answered",
        category=Category.REQUESTS,
        label=N_("Your request has an answer"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="request_opened",
        category=Category.REQUESTS,
        label=N_("An account that you manage opens a request"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="nudge",
        category=Category.ONBOARDING,
        label=N_("You are reminded of a step that waits for you"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="nudge_drafted",
        category=Category.ONBOARDING,
        label=N_("A reminder to someone of an account that you manage waits to be sent"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="review_asked",
        category=Category.CONTENT,
        label=N_("A text waits for your review"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="review_approved",
        category=Category.CONTENT,
        label=N_("Your text is approved"),
        default=Delivery.INBOX,
        is_for_staff=True,
    ),
    NoticeKind(
        name="review_changes_asked",
        category=Category.CONTENT,
        label=N_("Someone asks for changes in your text"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="articles_due",
        category=Category.CONTENT,
        label=N_("Articles are due to be verified"),
        default=Delivery.DAILY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="account_task",
        category=Category.ACCOUNTS,
        label=N_("There is something to do about an account that you manage"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="alert_fell",
        category=Category.ACCOUNTS,
        label=N_("The health of an account that you manage falls by 15 points or more within 14 days"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="alert_at_risk",
        category=Category.ACCOUNTS,
        label=N_("An account that you manage comes to be at risk"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="alert_left_healthy",
        category=Category.ACCOUNTS,
        label=N_("An account that you manage is not healthy any more"),
        default=Delivery.DAILY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="alert_silent",
        category=Category.ACCOUNTS,
        label=N_("Nobody of an account that you manage has been seen for three weeks"),
        default=Delivery.DAILY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="alert_renewal_at_risk",
        category=Category.ACCOUNTS,
        label=N_("The renewal of an account that you manage nears while it is at risk"),
        default=Delivery.IMMEDIATELY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="alert_override_ends",
        category=Category.ACCOUNTS,
        label=N_("A judgement by hand of an account that you manage is about to end"),
        default=Delivery.DAILY,
        is_for_staff=True,
    ),
    NoticeKind(
        name="portfolio",
        category=Category.ACCOUNTS,
        label=N_("How your accounts fare, on Monday morning"),
        default=Delivery.WEEKLY,
        is_for_staff=True,
        is_letter=True,
    ),
    NoticeKind(
        name="step_assigned",
        category=Category.ONBOARDING,
        label=N_("A step is assigned to you"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="step_comment",
        category=Category.ONBOARDING,
        label=N_("Someone comments on a step that is yours or that you commented on"),
        default=Delivery.IMMEDIATELY,
    ),
    NoticeKind(
        name="step_done",
        category=Category.ONBOARDING,
        label=N_("A step that is yours, or of the team that you lead, ticks itself"),
        default=Delivery.DAILY,
    ),
    NoticeKind(
        name="milestone_done",
        category=Category.ONBOARDING,
        label=N_("Your team reaches a milestone"),
        default=Delivery.IMMEDIATELY,
    ),
)
KINDS: Final[Mapping[str, NoticeKind]] = {kind.name: kind for kind in _ALL}
