import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.imports.exports import trees_of
from portal.imports.folder import Folder
from portal.imports.products import READERS
from portal.imports.records import read_files
from portal.imports.source import SourceArticle, SourceTree


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export became."""

    trees: Mapping[str, SourceTree]
    skipped: list[tuple[str, str]]
    problems: list[tuple[str, int | None, str]]

    def article(self, key: str, language: str = "en") -> SourceArticle:
        return next(item for item in self.trees[language].articles if item.key == key)

    def dropped(self, language: str = "en") -> list[tuple[str, str]]:
        return [(item.path, item.construct) for item in self.trees[language].dropped]

    def sections(self, language: str = "en") -> list[tuple[str, str, str | None]]:
        return [(item.key, item.title, item.parent_key) for item in self.trees[language].sections]


Exports = Callable[..., Exported]


@pytest.fixture
def exported(tmp_path: Path) -> Exports:
    """Write the files of an export and read them, for a site in English and Japanese."""

    def run(product: str, files: Mapping[str, object]) -> Exported:
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, encoding="utf-8")
        folder = Folder(tmp_path, language="")
        export = READERS[product].read(read_files(folder, only=None), language="en")
        trees, skipped = trees_of(export, product=product, folder=folder, languages=("en", "ja"))
        problems = [
            *folder.problems,
            *export.problems,
            *(item for tree in trees.values() for item in tree.problems),
        ]
        return Exported(
            trees,
            [(item.path, item.reason) for item in skipped],
            [(item.path, item.line, item.message) for item in problems],
        )

    return run
