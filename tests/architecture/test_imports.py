"""The import contracts hold, and they bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([linter, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "portal",
        tmp_path / "portal",
        ignore=shutil.ignore_patterns("__pycache__", "content", "static"),
    )
    shutil.copytree(ROOT / "portal" / "content", tmp_path / "portal" / "content")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("portal/core/clock.py", "from portal.forum import models"),
        ("portal/forum/rules.py", "from portal.adoption import service"),
        ("portal/forum/queries.py", "from portal.forum import service"),
        ("portal/forum/policies.py", "from flask import request"),
        ("portal/forum/rules.py", "import whoosh"),
        ("portal/surprise/__init__.py", '"""A package that chose no layer."""'),
    ],
)
def test_a_broken_rule_is_found(copy: Path, file: str, line: str) -> None:
    place = copy / file
    place.parent.mkdir(exist_ok=True)
    with place.open("a") as module:
        module.write(f"\n{line}\n")
    assert lint(copy).returncode == 1


@pytest.mark.slow
def test_the_rules_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout
