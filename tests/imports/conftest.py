from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from portal.imports.source import SourceTree
from portal.imports.tree import read_tree

Reader = Callable[..., SourceTree]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Write files below a product's folder and read the tree of one of its languages."""

    def run(
        files: Mapping[str, str | bytes], *, language: str = "en", source: str = "markdown"
    ) -> SourceTree:
        for path, content in files.items():
            place = tmp_path / "product" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_tree(tmp_path / "product" / language, language=language, format=source)

    return run
