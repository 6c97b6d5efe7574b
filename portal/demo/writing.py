"""What the demo's staff have changed in the help centre lately."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.demo.people import Cast
from portal.demo.vendor import read_table
from portal.knowledge import service, workflow
from portal.knowledge.models import Article, Significance
from portal.knowledge.publishing import Text
from portal.knowledge.service import Edit

AGO: Final = timedelta(days=3)
AHEAD: Final = timedelta(days=4)
LANGUAGE: Final = "en"


def change_articles(session: Session, cast: Cast, articles: Mapping[str, Article], *, now: datetime) -> None:
    """Change some English articles: two live, one that waits for a review, one for its time."""
    for change in read_table("changes.toml")["changes"]:
        actor, article = cast.people[change["by"]].as_actor(), articles[change["article"]]
        _write(session, actor, article, change, now - AGO)
        _hand_on(session, actor, article, change["then"], now)


def _write(session: Session, actor: Actor, article: Article, change: Mapping[str, Any], at: datetime) -> None:
    text = article.translation_in(LANGUAGE)
    if text is None:
        raise KeyError(change["article"])
    body = f"{text.body.rstrip()}\n\n{change['added']}"
    service.save_text(
        session,
        actor=actor,
        article=article,
        language=LANGUAGE,
        text=Text(title=text.title, summary=text.summary, body=body),
        edit=Edit(significance=Significance(change["significance"]), note=change["note"]),
        now=at,
    )


def _hand_on(session: Session, actor: Actor, article: Article, then: str, now: datetime) -> None:
    hand_on = workflow.ask_for_review if then == "review" else workflow.publish
    publish_at = now + AHEAD if then == "schedule" else None
    hand_on(session, actor=actor, article=article, language=LANGUAGE, publish_at=publish_at, now=now - AGO)
