from collections.abc import Callable
from itertools import combinations
from math import isclose

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import SYSTEM
from portal.accounts.audience import STAFF
from portal.core.statistics import wilson_interval
from portal.knowledge.models import ArticleStatus, RelatedArticle, Translation
from portal.knowledge.structure import merging, related
from tests.factories import NOW
from tests.knowledge.factories import make_article, rewrite, translate

PRINTING = "Labels are printed on the label printer. Put the label roll into the printer and print a label."
ROUTES = "A route leads the driver from stop to stop. Plan the route of each driver before the day begins."
IN_JAPANESE = "ラベルはラベルプリンターで印刷します。ラベルのロールをプリンターに入れてください。"


def neighbours(session: Session, text: Translation) -> list[int]:
    session.rollback()
    rows = session.scalars(select(RelatedArticle).where(RelatedArticle.article_id == text.article_id)).all()
    return [row.other_id for row in sorted(rows, key=lambda row: (1 - row.content) * (1 - row.together))]


def test_articles_that_say_the_same_are_near(session: Session, work: Callable[[], None]) -> None:
    labels = make_article(session, "Print labels", body=PRINTING)
    again = make_article(session, "Label printer", body=PRINTING)
    routes = make_article(session, "Plan a route", body=ROUTES)
    trips = make_article(session, "Routes of drivers", body=ROUTES)
    work()
    worker.relate_articles()
    assert neighbours(session, labels) == [again.article_id]
    assert neighbours(session, again) == [labels.article_id]
    assert neighbours(session, routes) == [trips.article_id]


def test_articles_are_near_if_they_are_in_one_language(session: Session, work: Callable[[], None]) -> None:
    labels = make_article(session, "Print labels", body=PRINTING)
    routes = make_article(session, "Plan a route", body=ROUTES)
    japanese = make_article(session, "ラベルプリンター", body=IN_JAPANESE, language="ja")
    translate(session, routes, "ラベルの印刷")
    make_article(session, "Label printer", body=PRINTING, language="ja")
    work()
    worker.relate_articles()
    assert neighbours(session, labels) == []
    assert neighbours(session, japanese) == [routes.article_id]


def test_what_readers_cannot_see_is_near_to_nothing(session: Session, work: Callable[[], None]) -> None:
    labels = make_article(session, "Print labels", body=PRINTING)
    make_article(session, "Label printer", body=PRINTING, status=ArticleStatus.DRAFT)
    old = make_article(session, "Old label printer", body=PRINTING)
    staff = make_article(session, "Staff’s label printer", body=PRINTING, audience=STAFF)
    merging.merge(session, actor=SYSTEM, article_id=old.article_id, target_id=labels.article_id, now=NOW)
    session.commit()
    work()
    worker.relate_articles()
    assert neighbours(session, labels) == [staff.article_id]
    assert neighbours(session, old) == []


def test_a_new_text_is_looked_at_when_it_is_published(session: Session, work: Callable[[], None]) -> None:
    labels = make_article(session, "Print labels", body=PRINTING)
    routes = make_article(session, "Plan a route", body=ROUTES)
    text = make_article(session, "Handling", body=PRINTING)
    session.add(
        RelatedArticle(article_id=text.article_id, other_id=routes.article_id, content=0.0, together=0.3)
    )
    session.commit()
    work()
    assert neighbours(session, text) == [labels.article_id, routes.article_id]
    rewrite(session, text, ROUTES)
    work()
    assert neighbours(session, text) == [routes.article_id]


def test_a_night_replaces_what_the_last_one_found(session: Session, work: Callable[[], None]) -> None:
    one, other = (
        make_article(session, "Print labels", body=PRINTING),
        make_article(session, "Routes", body=ROUTES),
    )
    session.add(
        RelatedArticle(article_id=one.article_id, other_id=other.article_id, content=1.0, together=1.0)
    )
    session.commit()
    work()
    worker.relate_articles()
    assert neighbours(session, one) == []


def test_the_telling_words_are_those_of_the_title_then_the_most_frequent() -> None:
    text = Translation(
        title="Plan a route", summary="", body_text="Drivers drive. A driver, a stop, two drivers. Stop!"
    )
    assert related.telling_words(text).split()[:4] == ["Plan", "route", "Drivers", "stop"]
    many = Translation(title="T", summary="", body_text=" ".join(f"word{number}" for number in range(100)))
    assert len(related.telling_words(many).split()) == related.TELLING_WORDS


def test_articles_read_by_the_same_people_are_near(
    app: Flask, session: Session, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, third = (make_article(session, title, body=title * 3) for title in ("Alpha", "Beta", "Gamma"))
    browsers = [app.test_client() for _ in range(5)]
    for browser in browsers:
        for text in (one, other):
            browser.get(f"/help/en/articles/{text.article_id}-{text.slug}")
    browsers[0].get(f"/help/en/articles/{third.article_id}-{third.slug}")
    work()
    worker.relate_articles()
    assert neighbours(session, one) == [other.article_id]
    assert neighbours(session, third) == []


DAYS = st.lists(st.frozensets(st.integers(1, 6), max_size=6), max_size=30)


@given(DAYS)
def test_the_share_of_days_is_what_counting_them_gives(days: list[frozenset[int]]) -> None:
    pairs: dict[tuple[str, str], int] = {}
    for day in days:
        names = sorted(f"article:{number}" for number in day)
        for pair in [*combinations(names, 2), *zip(names, names, strict=True)]:
            pairs[pair] = pairs.get(pair, 0) + 1
    shares = related.read_together(pairs)
    for one in range(1, 7):
        for other in set(range(1, 7)) - {one}:
            both = sum({one, other} <= day for day in days)
            either = sum(bool({one, other} & day) for day in days)
            expected = wilson_interval(both, either).low if both else 0.0
            assert isclose(shares.get(one, {}).get(other, 0.0), expected)


def test_either_reason_is_enough_and_the_nearest_are_kept() -> None:
    content = {1: 0.5, 2: 0.1, 3: 0.2, **dict.fromkeys(range(10, 30), 0.3)}
    near = related.nearest(content, {1: 0.5, 3: 0.9, 4: 0.4, 5: 0.01})
    assert [item.other_id for item in near[:3]] == [3, 1, 4]
    assert near[1].nearness == 0.75
    assert len(near) == related.KEPT
    assert [item.other_id for item in related.nearest({1: 0.29, 2: 0.31}, {})] == [2]
