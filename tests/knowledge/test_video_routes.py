from collections.abc import Callable

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.adoption.models import Signal
from portal.core.activity import LeftOut
from tests.factories import make_customer, make_user
from tests.knowledge.factories import make_article, translate

VIDEO = "youtube:dQw4w9WgXcQ"
BODY = "## Watch\n\n[How to print](https://youtu.be/dQw4w9WgXcQ)"
Work = Callable[[], None]
Browse = Callable[[User], FlaskClient]


def watch(browser: FlaskClient, article_id: int, **changes: object) -> int:
    data = {"video": VIDEO, "percent": 25, "language": "en"} | changes
    return browser.post(f"/help/articles/{article_id}/videos", data=data).status_code


def watched(session: Session) -> list[Signal]:
    session.rollback()
    return list(session.scalars(select(Signal).where(Signal.kind == "video.watched").order_by(Signal.id)))


def test_how_far_a_video_is_watched_is_counted_once_a_day(
    session: Session, browser_of: Browse, work: Work
) -> None:
    person = make_customer(session)
    browser, article_id = browser_of(person), make_article(session, body=BODY).article_id
    for percent in (25, 50, 25, 25):
        assert watch(browser, article_id, percent=percent) == 204
    work()
    first, second = watched(session)
    assert (first.user_id, first.account_id, first.subject) == (
        person.id,
        person.account_id,
        f"article:{article_id}",
    )
    assert [signal.data for signal in (first, second)] == [
        {"video": VIDEO, "percent": 25},
        {"video": VIDEO, "percent": 50},
    ]


def test_another_day_article_or_person_counts_again(
    session: Session, client: FlaskClient, browser_of: Browse, work: Work
) -> None:
    browser = browser_of(make_customer(session))
    first, second = (make_article(session, body=BODY).article_id for _ in range(2))
    watch(browser, first)
    watch(browser, second)
    watch(client, first)
    work()
    assert len(watched(session)) == 3
    with time_machine.travel("2031-05-01 12:00+00:00"):
        watch(client, first)
        watch(client, first)
        work()
    assert len(watched(session)) == 4


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"percent": 24}, 422),
        ({"percent": "all"}, 422),
        ({"video": "youtube:aaaaaaaaaaa"}, 404),
        ({"video": ""}, 404),
        ({"language": "ja"}, 404),
    ],
)
def test_only_what_stands_in_the_article_counts(
    session: Session, client: FlaskClient, work: Work, changes: dict[str, object], status: int
) -> None:
    text = make_article(session, body=BODY)
    translate(session, text)
    assert watch(client, text.article_id, **changes) == status
    work()
    assert watched(session) == []


def test_who_may_not_see_the_article_finds_nothing(session: Session, client: FlaskClient) -> None:
    assert watch(client, make_article(session, body=BODY, audience=STAFF).article_id) == 404
    assert watch(client, 424242) == 404


def test_the_vendors_own_staff_are_not_counted(session: Session, browser_of: Browse, work: Work) -> None:
    assert watch(browser_of(make_user(session)), make_article(session, body=BODY).article_id) == 204
    work()
    assert [signal.left_out_as for signal in watched(session)] == [LeftOut.STAFF]


def test_a_page_may_frame_only_the_players_of_its_videos(session: Session, client: FlaskClient) -> None:
    with_video, without = make_article(session, body=BODY), make_article(session, body="None.")
    for _ in range(2):  # The second answer is made of kept pieces.
        page = client.get(f"/help/en/articles/{with_video.article_id}-{with_video.slug}")
        policy = page.headers["Content-Security-Policy"]
        assert policy.endswith("; frame-src https://www.youtube-nocookie.com")
    assert "js/video.js" in page.text
    assert f'data-url="/help/articles/{with_video.article_id}/videos"' in page.text
    page = client.get(f"/help/en/articles/{without.article_id}-{without.slug}")
    assert "frame-src" not in page.headers["Content-Security-Policy"]
    assert "video" not in page.text
