"""What is only for some readers: lines between `:::only plan=team,business` and `:::`.

`:::only version>=2.1` is for those who have that version of the product, or a later one, and
`:::only version<2.1` for those who have an earlier one. All of it is rendered and found; what a reader
does not want is left out when the page is shown.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

NEWEST: Final = "newest"
PLAN: Final = r"[a-z0-9-]{1,40}"
VERSION: Final = r"\d{1,6}(?:\.\d{1,6}){0,3}"
CONDITION: Final = rf"plan:{PLAN}(?:,{PLAN}){{0,19}}|(?:since|before):{VERSION}"

_TERMS: Final = re.compile(rf"plan *= *({PLAN}(?: *, *{PLAN}){{0,19}})|version *(>=|<) *({VERSION})")
_BLOCK: Final = re.compile(r' data-only="([^"]*)"')
_TAG: Final = re.compile(r'<(/?)([a-z0-9]+)([^<>"]*(?:"[^"]*"[^<>"]*)*)>')


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a reader wants to see: a plan and a version of the product; None for whatever there is."""

    plan: str | None = None
    version: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The plans and versions, the newest first, between which a page makes a difference."""

    plans: tuple[str, ...]
    versions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """Whom a block is for: some plans, those who have had a version `since` or have one `before` it."""

    kind: str
    values: tuple[str, ...]

    @classmethod
    def stored(cls, text: str) -> "Condition":
        """Read what the HTML holds."""
        kind, _, values = text.partition(":")
        return cls(kind=kind, values=tuple(values.split(",")))

    def fits(self, choice: Choice) -> bool | None:
        """Whether the block is for a reader; None if the reader chose nothing that could tell."""
        wanted = choice.plan if self.kind == "plan" else choice.version
        if wanted is None:
            return None
        if self.kind == "plan":
            return wanted in self.values
        return is_at_least(wanted, self.values[0]) == (self.kind == "since")


def is_at_least(version: str, other: str) -> bool:
    """Whether a version is as new as another; `newest` is newer than all."""
    return _number(version) >= _number(other)


def condition_of(terms: str) -> str | None:
    """What the HTML holds for the words after `:::only`; None if they say nothing that can be told."""
    found = _TERMS.fullmatch(terms.strip().lower())
    if found is None:
        return None
    if found[1]:
        return "plan:" + found[1].replace(" ", "")
    return f"{'since' if found[2] == '>=' else 'before'}:{found[3]}"


def options(html: str) -> Options:
    """Between which plans and versions rendered HTML makes a difference."""
    conditions = [Condition.stored(text) for text in _BLOCK.findall(html)]
    plans = {plan for item in conditions if item.kind == "plan" for plan in item.values}
    versions = {version for item in conditions if item.kind != "plan" for version in item.values}
    return Options(plans=tuple(sorted(plans)), versions=tuple(sorted(versions, key=_number, reverse=True)))


def choose(html: str, choice: Choice, label: Callable[[Condition], str]) -> str:
    """Rendered HTML without the blocks that are not for a reader; those that may be get a label."""
    return "".join(_chosen(html, choice, label)) if _BLOCK.search(html) else html


def _chosen(html: str, choice: Choice, label: Callable[[Condition], str]) -> Iterator[str]:
    at = depth = left_out = 0
    for tag in _TAG.finditer(html):
        if tag[2] != "div":
            continue
        if tag[1]:
            if depth == left_out:
                left_out, at = 0, tag.end()
            depth -= 1
            continue
        depth += 1
        block = _BLOCK.search(tag[3])
        if left_out or block is None:
            continue
        condition = Condition.stored(block[1])
        fits = condition.fits(choice)
        if fits is False:
            yield html[at : tag.start()]
            left_out = depth
        elif fits is None:
            yield f'{html[at : tag.end()]}<p class="only-label">{escape(label(condition))}</p>'
            at = tag.end()
    yield html[at:]


def _number(version: str) -> tuple[float, ...]:
    """A version as numbers that compare; the newest is above all."""
    if version == NEWEST:
        return (math.inf,)
    numbers = [int(part) for part in version.split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
