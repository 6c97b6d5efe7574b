"""What people watch and hear of, as its own feature names it; the features lie above and lend their reads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A thing that a person may see. `excerpt` is the beginning of what someone wrote there, or empty."""

    title: str
    path: str
    excerpt: str = ""


class NamedFor(Protocol):
    """Says which of some subjects (`topic:5`) an actor may see, and what they are called in a language."""

    def __call__(
        self, session: Session, actor: Actor, subjects: Collection[str], *, language: str
    ) -> Mapping[str, Named]:
        """Return the subjects that the actor may see."""
