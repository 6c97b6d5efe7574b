"""Rows with sensible values, for tests that care about one or two of them. Each is committed."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor, Level, Role
from portal.accounts.audience import PUBLIC, Audience
from portal.accounts.models import Account, AccountStatus, SignIn, TouchTier, User
from portal.accounts.passwords import hash_token, new_token
from portal.forum import service as forum
from portal.forum.models import Board, Post, Topic, TopicKind
from portal.notifications.kinds import Delivery
from portal.notifications.models import NoticeSetting
from portal.support import service as support
from portal.support.models import SupportRequest

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
_numbers = count(1)


def make_account(session: Session, **values: object) -> Account:
    """Make a customer account."""
    number = next(_numbers)
    fields: dict[str, object] = {
        "external_id": f"account-{number}",
        "name": f"Account {number}",
        "plan": "team",
        "seats": 5,
        "touch_tier": TouchTier.LOW,
        "status": AccountStatus.ACTIVE,
        "started_on": date(2026, 6, 1),
        "renews_on": date(2027, 6, 1),
        "monthly_revenue": 10_000,
    }
    account = Account(**(fields | values))
    session.add(account)
    session.commit()
    return account


def make_user(
    session: Session, *, account: Account | None = None, role: Role | None = None, **values: object
) -> User:
    """Make a person: a customer of the account, or staff without one; they want no news of badges."""
    number = next(_numbers)
    fields: dict[str, object] = {
        "email": f"person-{number}@example.test",
        "name": f"Person {number}",
        "role": role or (Role.CUSTOMER if account else Role.STAFF),
        "account": account,
        "level": int(Level.MEMBER),  # Whoever is new may write little; tests of that say so.
        "created_at": NOW,
    }
    user = User(**(fields | values))
    session.add(user)
    session.flush()
    quiet = {"user_id": user.id, "delivery": Delivery.NOTHING}  # Every first post would bring such news.
    session.add_all(NoticeSetting(kind=kind, **quiet) for kind in ("badge", "level"))
    session.commit()
    return user


def make_customer(session: Session, **values: object) -> User:
    """Make a customer of an account of their own."""
    return make_user(session, account=make_account(session), **values)  # type: ignore[arg-type]  # Values are columns.


def start_sign_in(session: Session, user: User) -> str:
    """Make a sign-in as if the person had given the password; return its key."""
    key = new_token()
    session.add(
        SignIn(
            key_hash=hash_token(key),
            user_id=user.id,
            created_at=datetime.now(UTC),
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
    )
    session.commit()
    return key


def actor_of(user: User) -> Actor:
    """Return the person as an actor."""
    return user.as_actor()


def make_board(session: Session, *, audience: Audience = PUBLIC, slug: str = "") -> Board:
    """Make a board."""
    number = next(_numbers)
    board = forum.add_board(
        session,
        slug=slug or f"board-{number}",
        names={"en": f"Board {number}", "ja": f"掲示板 {number}"},
        descriptions={},
        audience=audience,
        position=number,
    )
    session.commit()
    return board


def make_topic(
    session: Session,
    *,
    author: User,
    board: Board | None = None,
    title: str = "How do I print labels?",
    body: str = "The printer prints nothing.",
    kind: TopicKind = TopicKind.QUESTION,
    now: datetime = NOW,
) -> Topic:
    """Ask a question."""
    topic = forum.post_topic(
        session,
        actor=actor_of(author),
        board_slug=(board or make_board(session)).slug,
        kind=kind,
        draft=forum.Draft(title=title, body=body),
        now=now,
    )
    session.commit()
    return topic


def make_reply(
    session: Session, *, author: User, topic: Topic, body: str = "Turn it off and on.", now: datetime = NOW
) -> Post:
    """Answer it."""
    post = forum.reply(
        session, actor=actor_of(author), topic_id=topic.id, draft=forum.Draft(body=body), now=now
    )
    session.commit()
    return post


def make_request(
    session: Session,
    *,
    author: User,
    title: str = "Our import stopped",
    body: str = "It says *nothing*.",
    now: datetime = NOW,
) -> SupportRequest:
    """Ask staff."""
    request = support.open_request(session, actor=actor_of(author), title=title, body=body, now=now)
    session.commit()
    return request
