"""`make bench-mail`: how long the digests of ten thousand people take, and in how much memory."""

import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask_migrate import upgrade
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from bench.imports import run, told
from portal import demo_site
from portal.accounts.actors import Role
from portal.accounts.models import Account, User
from portal.app import create_app
from portal.core.clock import utc_now
from portal.core.config import load_settings
from portal.core.db import transaction
from portal.forum.models import Post
from portal.forum.paths import path_of_post
from portal.knowledge.models import ArticleStatus, Translation
from portal.knowledge.paths import path_of_article
from portal.notifications.kinds import Delivery
from portal.notifications.models import Notice

PEOPLE: Final = 10_000
POSTS_EACH: Final = 5
ARTICLES_EACH: Final = 2
AIM: Final = "under 120 s and 300 MB on two processors"

Row = dict[str, Any]


def main() -> None:
    """Tell everyone of some posts and articles of the demo, and send their digests into a folder."""
    with tempfile.TemporaryDirectory() as name:
        site, folder = Path(name, "site"), Path(name, "mail")
        fill(site)
        os.environ["PORTAL_MAIL_URL"] = f"file:{folder}"
        figures = run(["mail", "send"], site)
        count = len(list(folder.iterdir()))
        kilobytes = sum(path.stat().st_size for path in folder.iterdir()) / count / 1000
    sys.stdout.write(
        f"{count:,} digests of {POSTS_EACH} posts and {ARTICLES_EACH} articles, {kilobytes:.0f} kB each, in "
        f"{told(figures)} ({count / figures.seconds:.0f} a second)\naims: {AIM}\n"
    )


def fill(site: Path) -> None:
    """Make the demo, and ten thousand more people for whom something waits."""
    app = create_app(load_settings({"PORTAL_DATA_DIR": str(site)}))
    with app.app_context():
        upgrade()
        demo_site.fill()
        at = utc_now() - timedelta(days=2)
        with transaction(wake=False) as session:
            accounts = session.scalars(select(Account.id)).all()
            people = session.scalars(
                insert(User).returning(User.id),
                [person(number, accounts[number % 12], at) for number in range(PEOPLE)],
            ).all()
            session.execute(insert(Notice), list(notices(session, people, at)))


def person(number: int, account_id: int, at: datetime) -> Row:
    """Describe one of them."""
    return {
        "email": f"person-{number}@bench.example",
        "name": f"Person {number}",
        "role": Role.CUSTOMER,
        "account_id": account_id,
        "language": ("en", "ja")[number % 2],
        "time_zone": (None, "Europe/Berlin", "America/New_York")[number % 3],
        "bio": "",
        "is_active": True,
        "created_at": at,
    }


def notices(session: Session, people: Sequence[int], at: datetime) -> Iterator[Row]:
    """Yield what everyone was told, the same each time."""
    chance = random.Random(1)  # noqa: S311  # No secret.
    posts = session.scalars(select(Post).options(joinedload(Post.topic))).all()
    texts = session.scalars(select(Translation).where(Translation.status == ArticleStatus.PUBLISHED)).all()
    for user_id in people:
        news = [about_post(post) for post in chance.sample(posts, POSTS_EACH)]
        news += [about_text(text) for text in chance.sample(texts, ARTICLES_EACH)]
        for number, one in enumerate(news):
            yield one | {
                "user_id": user_id,
                "cause": f"{one['subject']}:{number}:{user_id}",
                "delivery": Delivery.DAILY,
                "created_at": at,
            }


def about_post(post: Post) -> Row:
    """Describe a reply in a topic that someone watches."""
    topic = f"topic:{post.topic_id}"
    return {
        "kind": "watched_reply",
        "params": {"name": "Kim Sato", "title": post.topic.title},
        "path": path_of_post(post.topic, post),
        "subject": f"post:{post.id}",
        "thread": topic,
        "place": post.position,
        "watch": topic,
    }


def about_text(text: Translation) -> Row:
    """Describe an article that is new in a section that someone watches."""
    article = f"article:{text.article_id}"
    return {
        "kind": "watched_text",
        "params": {"title": text.title, "is_new": True},
        "path": path_of_article(text.article_id, text.slug, language=text.language),
        "subject": article,
        "thread": article,
        "place": None,
        "watch": "section:1",
    }


if __name__ == "__main__":
    main()
