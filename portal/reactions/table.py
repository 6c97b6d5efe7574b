"""The map of the whole system: what follows, after the commit, from each event."""

from typing import Final

from portal.core.activity import ActivitiesNoted
from portal.core.outbox import on
from portal.events import (
    AnswerAccepted,
    ArticlePublished,
    ArticlesDue,
    ArticleVoted,
    FeedbackResolved,
    IdeaShipped,
    PersonSanctioned,
    PostFlagged,
    PostVoted,
    ReplyPosted,
    RequestAnswered,
    RequestOpened,
    RequestResolved,
    ReviewAsked,
    ReviewGiven,
    SignalsRecorded,
    SnippetChanged,
    StepCompleted,
    StepReopened,
    TopicPosted,
    TopicsImported,
    UserSignedIn,
)
from portal.reactions import (
    adoption,
    checklists,
    links,
    neighbours,
    notices,
    ratings,
    scores,
    signals,
    texts,
)

REACTIONS: Final = (
    *on(ActivitiesNoted, signals.record_activities),
    *on(UserSignedIn, signals.record_sign_in),
    *on(ArticlePublished, neighbours.look_again, links.check_links),
    *on(ArticlesDue, notices.tell_verifier),
    *on(ArticleVoted, signals.record_article_vote, ratings.follow_vote),
    *on(FeedbackResolved, notices.tell_voters),
    *on(SnippetChanged, texts.follow_snippet, links.check_users),
    *on(TopicPosted, signals.record_topic),
    *on(ReplyPosted, signals.record_reply, notices.tell_topic_author),
    *on(TopicsImported, signals.record_imported_topics),
    *on(PostVoted, signals.record_post_vote),
    *on(PostFlagged, signals.record_flag),
    *on(AnswerAccepted, signals.record_accepted_answer, notices.tell_answerer, notices.tell_duplicate_askers),
    *on(PersonSanctioned, notices.tell_sanctioned),
    *on(IdeaShipped, notices.tell_who_wants),
    *on(RequestOpened, signals.record_request, notices.tell_manager),
    *on(RequestAnswered, notices.tell_requester),
    *on(ReviewAsked, notices.tell_reviewers),
    *on(ReviewGiven, notices.tell_author),
    *on(RequestResolved, signals.record_resolved_request),
    *on(StepCompleted, signals.record_completed_step),
    *on(StepReopened, signals.record_reopened_step),
    *on(SignalsRecorded, adoption.roll_up_days, checklists.complete_matching_steps, scores.mark_stale),
)
