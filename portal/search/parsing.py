"""What someone typed, as a question: operators are taken out, everything else is plain text.

Operators are `"an exact phrase"`, `-word`, `-"a phrase"`, `in:articles` or `in:topics`, `by:name` and
`tag:name`. Japanese brackets 「」 are none: people put them around any name.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from portal.search.engine import Kind, Query

KINDS: Final[dict[str, Kind]] = {"articles": "article", "topics": "topic"}
"""What may follow `in:`, and the kind it asks for."""

MOST_OPERATORS: Final = 8
"""Different operators of a kind that count."""

_QUOTE: Final = '"“”„＂'
_QUOTED: Final = rf"[{_QUOTE}](?P<%s>[^{_QUOTE}]*)[{_QUOTE}]"
_PART: Final = re.compile(
    rf"""
    (?P<minus>(?<!\S)[-－](?=[^\s\d{_QUOTE}-]|[{_QUOTE}][^{_QUOTE}]*[{_QUOTE}]))?
    (?: {_QUOTED % "phrase"}
      | (?<!\S)(?P<name>in|by|tag)[:：](?: {_QUOTED % "quoted"} | (?P<value>[^\s{_QUOTE}]+) )
      | (?P<word>\S[^\s{_QUOTE}]*)
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""An operator or a word. A minus before a number or another minus is part of the word: -5, --force."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedQuery:
    """What is looked for: `text` holds the words, those of phrases too; the rest narrows what is found."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    kind: Kind | None = None
    """None for both."""
    authors: tuple[str, ...] = ()
    """Parts of the names of the people one of whom has to have written it."""
    tags: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is words alone, but for the kind."""
        return not (self.phrases or self.excluded or self.authors or self.tags)

    def applied_to(self, query: Query) -> Query:
        """Return a query that asks for this; whoever knows people adds the authors."""
        return replace(
            query,
            text=self.text,
            phrases=self.phrases,
            excluded=self.excluded,
            kind=self.kind or query.kind,
            tags=self.tags,
        )


@dataclass(slots=True)
class _Parts:
    """What was taken out so far."""

    words: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    kinds: set[Kind] = field(default_factory=set)
    authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def take(self, part: re.Match[str]) -> None:
        """Sort one part of what was typed."""
        said = " ".join((part["phrase"] or part["quoted"] or part["value"] or part["word"] or "").split())
        if part["minus"]:
            self.excluded += [said] * bool(said)
        elif part["name"]:
            self._narrow(part[0], part["name"].lower(), said)
        elif said:
            self.words.append(said)
            self.phrases += [said] * (part["phrase"] is not None)

    def _narrow(self, written: str, name: str, value: str) -> None:
        """Take `name:value`; one that says nothing is plain text."""
        if name == "in" and value.lower() in KINDS:
            self.kinds.add(KINDS[value.lower()])
        elif name != "in" and value:
            (self.authors if name == "by" else self.tags).append(value)
        else:
            self.words.append(written)


def parse(text: str) -> ParsedQuery:
    """Read what someone typed; whatever it is, it means something, if only plain words."""
    parts = _Parts()
    for part in _PART.finditer(text):
        parts.take(part)
    return ParsedQuery(
        text=" ".join(parts.words),
        phrases=_first(parts.phrases),
        excluded=_first(parts.excluded),
        kind=next(iter(parts.kinds)) if len(parts.kinds) == 1 else None,
        authors=_first(parts.authors),
        tags=_first(parts.tags),
    )


def _first(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:MOST_OPERATORS]
