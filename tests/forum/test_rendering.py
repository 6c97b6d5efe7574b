from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.content.markdown import RENDERER_VERSION
from portal.forum import rendering
from portal.forum.models import Post
from portal.forum.paths import path_of_topic
from portal.search.models import SearchDocument
from tests.factories import make_customer, make_reply, make_topic

BODY = "## Steps\n\nWord[^1]. See [above](#h-steps).\n\n[^1]: Said."


def ids(html: str) -> list[str]:
    return [part.partition('"')[0] for part in html.split(' id="')[1:]]


def test_the_ids_of_posts_do_not_clash(session: Session, client: FlaskClient) -> None:
    asker, helper = make_customer(session), make_customer(session)
    topic = make_topic(session, author=asker, body=BODY)
    reply = make_reply(session, author=helper, topic=topic, body=BODY)
    assert ids(reply.body_html) == ["post-2-h-steps", "post-2-fnref-1", "post-2-fn-1"]
    assert 'href="#post-2-h-steps"' in reply.body_html
    on_the_page = ids(client.get(path_of_topic(topic)).text)
    assert len(on_the_page) == len(set(on_the_page))


def test_what_an_earlier_renderer_made_is_made_again(
    session: Session, client: FlaskClient, work: Callable[[], None]
) -> None:
    topic = make_topic(session, author=make_customer(session), body=BODY)
    reply = make_reply(session, author=make_customer(session), topic=topic, body="**Yes**")
    work()
    session.execute(update(Post).values(body_html="<p>old</p>", body_text="old", renderer_version=1))
    session.commit()
    client.get(path_of_topic(topic))
    version = topic.version
    assert [rendering.rerender_stale(limit=1) for _ in range(3)] == [1, 1, 0]
    session.expire_all()
    assert ids(session.get_one(Post, reply.id).body_html) == []
    assert set(session.scalars(select(Post.renderer_version))) == {RENDERER_VERSION}
    assert session.scalars(select(SearchDocument.body).order_by(SearchDocument.id)).all() == [
        "Steps Word. See above. Said.",
        "Yes",
    ]
    page = client.get(path_of_topic(topic)).text
    assert "<strong>Yes</strong>" in page
    assert "<p>old</p>" not in page
    assert topic.version == version


@pytest.mark.parametrize(("position", "key"), [(1, "topic:7"), (2, "post:9")])
def test_an_opening_stands_for_its_topic(position: int, key: str) -> None:
    assert rendering.search_key_of(Post(id=9, topic_id=7, position=position)) == key
