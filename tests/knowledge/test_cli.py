import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.files.models import StoredFile
from portal.files.rules import place_of
from portal.files.service import store
from portal.knowledge import service
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from tests.factories import NOW
from tests.files.pictures import encoded, halves
from tests.knowledge.factories import make_article

Portal = Callable[..., Result]


@pytest.fixture
def kb(app: Flask) -> Portal:
    def run(*arguments: str | Path) -> Result:
        return app.test_cli_runner().invoke(args=["kb", *map(str, arguments)])

    return run


def picture(app: Flask, session: Session) -> StoredFile:
    uploads = app.extensions["settings"].uploads_dir
    file = store(session, folder=uploads, name="p.png", content=encoded(halves()), now=NOW)
    session.commit()
    return file


def test_export_and_import_tell_what_they_did(kb: Portal, session: Session, tmp_path: Path) -> None:
    make_article(session)
    result = kb("export", tmp_path / "base")
    assert result.exit_code == 0
    assert "1 articles, 1 texts, 1 sections, 0 snippets" in result.stdout
    assert "Left out: earlier revisions" in result.stdout
    back = kb("import", tmp_path / "base")
    assert back.exit_code == 0
    assert "0 imported, 0 updated, 1 unchanged" in back.stdout
    assert "sections: 1 unchanged" in back.stdout


def test_counts_as_json(kb: Portal, session: Session, tmp_path: Path) -> None:
    text = make_article(session)
    article = article_with_texts(session, text.article_id)
    newer = Text(title="Newer", body="Not yet.")
    service.save_text(session, actor=SYSTEM, article=article, language="en", text=newer, now=NOW)
    session.commit()
    told = json.loads(kb("export", tmp_path / "base", "--json").stdout)
    assert (told["texts"], told["newer_drafts"], told["problems"]) == (1, 1, 0)
    told = json.loads(kb("import", tmp_path / "base", "--json").stdout)
    assert (told["unchanged"], told["sections"], told["problems"]) == (1, {"unchanged": 1}, 0)


def test_a_file_that_is_not_in_storage_is_told(
    app: Flask, kb: Portal, session: Session, tmp_path: Path
) -> None:
    file = picture(app, session)
    make_article(session, body=f"![p](/files/{file.key})")
    place_of(file, app.extensions["settings"].uploads_dir).unlink()
    result = kb("export", tmp_path / "base")
    assert result.exit_code == 1
    assert f"/files/{file.key}: cannot be read from storage" in result.stderr
    assert kb("import", tmp_path / "base").exit_code == 1


def test_a_folder_of_something_else_is_refused(kb: Portal, session: Session, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = kb("export", tmp_path)
    assert result.exit_code == 2
    assert "not empty and holds no export" in result.stderr


def test_an_interrupted_export_is_refused(kb: Portal, session: Session, tmp_path: Path) -> None:
    kb("export", tmp_path / "base")
    (tmp_path / "base/engawa-export.json").rename(tmp_path / "base/engawa-export.unfinished")
    result = kb("import", tmp_path / "base")
    assert result.exit_code == 2
    assert "holds no whole export" in result.stderr


@pytest.mark.parametrize("option", [["--language", "en"], ["--publish"], ["--section", "x"]])
def test_an_export_says_itself_what_options_would(
    kb: Portal, session: Session, tmp_path: Path, option: list[str]
) -> None:
    kb("export", tmp_path / "base")
    assert kb("import", tmp_path / "base", *option).exit_code == 2


def test_what_is_wrong_is_told_by_file_and_line(kb: Portal, session: Session, tmp_path: Path) -> None:
    make_article(session, "Labels")
    kb("export", tmp_path / "base")
    path = next((tmp_path / "base/articles").rglob("*.md"))
    path.write_text(path.read_text().replace("status: published", "status: ready"))
    result = kb("import", tmp_path / "base")
    assert result.exit_code == 1
    assert f"{path}:4: status is none of draft, published, archived" in result.stderr
