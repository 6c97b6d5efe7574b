"""Solved questions in the words of schema.org.

Source: schema.org's QAPage, with what Google's documentation of structured data asks for.
"""

from portal.forum.models import Post, Topic
from portal.forum.paths import path_of_post, path_of_topic
from portal.forum.reading import TopicPage
from portal.web.cards import Thing, absolute
from portal.web.documents import timestamp


def question_thing(page: TopicPage) -> Thing | None:
    """Describe a question and the answers on its first page to everyone; None if it is unsolved."""
    topic, accepted = page.topic, page.accepted
    if not topic.is_question or accepted is None or accepted.is_removed:
        return None
    others = [_answer(topic, post) for post in page.replies if not post.is_removed]
    return {
        "@type": "QAPage",
        "inLanguage": topic.language,
        "mainEntity": {
            "@type": "Question",
            "name": topic.title,
            "answerCount": topic.answer_count,
            **_said(page.opening, path_of_topic(topic)),
            "acceptedAnswer": _answer(topic, accepted),
            **({"suggestedAnswer": others} if others else {}),
        },
    }


def _answer(topic: Topic, post: Post) -> Thing:
    return {"@type": "Answer", **_said(post, path_of_post(topic, post))}


def _said(post: Post, path: str) -> Thing:
    thing = {
        "text": post.body_text,
        "url": absolute(path),
        "upvoteCount": post.vote_count,
        "datePublished": timestamp(post.created_at),
        "author": {
            "@type": "Person",
            "name": post.author.name,
            "url": absolute(f"/people/{post.author_id}"),
        },
    }
    return thing | ({"dateModified": timestamp(post.edited_at)} if post.edited_at else {})
