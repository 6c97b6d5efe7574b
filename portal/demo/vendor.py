"""The made-up vendor as its files describe it: accounts, people, community, requests, help centre."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import frontmatter

CONTENT: Final = Path(str(resources.files("portal.demo"))) / "content"
LANGUAGES: Final = ("en", "ja")


def read_table(name: str) -> dict[str, Any]:
    """Read one of the TOML files."""
    with (CONTENT / name).open("rb") as file:
        return tomllib.load(file)


def boards() -> list[dict[str, Any]]:
    """Return each board with its topics, in order."""
    tables = [read_table(f"community/{path.name}") for path in (CONTENT / "community").glob("*.toml")]
    return sorted(tables, key=lambda table: int(table["board"]["position"]))


@dataclass(frozen=True, kw_only=True)
class HelpPage:
    """One file of the help centre; `key` joins the languages, such as `02-orders/repeat-orders`."""

    key: str
    language: str
    title: str
    summary: str
    order: int
    audience: str
    body: str

    @property
    def section(self) -> str:
        """The folder it lies in."""
        return self.key.partition("/")[0]

    @property
    def is_section(self) -> bool:
        """Whether it describes its folder rather than being an article."""
        return self.key.endswith("/index")


def help_pages() -> Iterator[HelpPage]:
    """Yield all pages of the help centre, sections first, in order."""
    pages = []
    for language in LANGUAGES:
        for path in (CONTENT / "help" / language).rglob("*.md"):
            page = frontmatter.load(str(path))
            pages.append(
                HelpPage(
                    key=path.relative_to(CONTENT / "help" / language).with_suffix("").as_posix(),
                    language=language,
                    title=str(page["title"]),
                    summary=str(page.get("summary") or page.get("description") or ""),
                    order=int(str(page.get("order", 0))),
                    audience=str(page.get("audience", "public")),
                    body=page.content,
                )
            )
    yield from sorted(pages, key=lambda page: (not page.is_section, page.section, page.order, page.key))
