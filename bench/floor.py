"""The floor: a bare Flask app with pages as large as Engawa's, read from SQLite and rendered by Jinja."""

import json
import os
import sqlite3
import threading
from pathlib import Path
from typing import Final

from flask import Flask, render_template

ROWS: Final = 20
PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ name }}</title></head>
<body><main><h1>{{ name }}</h1>
{% for row in rows %}<article><h2>{{ row[0] }}</h2><div>{{ row[1]|safe }}</div></article>
{% endfor %}</main></body></html>"""


def create_app() -> Flask:
    """Make the app; FLOOR_SIZES maps page names to bytes, FLOOR_DATABASE is a file it may write."""
    sizes: dict[str, int] = json.loads(os.environ["FLOOR_SIZES"])
    path = Path(os.environ["FLOOR_DATABASE"])
    _fill(path, sizes)
    app = Flask("floor", static_folder=None)
    page = app.jinja_env.from_string(PAGE)
    local = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(local, "connection"):
            local.connection = sqlite3.connect(path)
        found: sqlite3.Connection = local.connection
        return found

    @app.get("/<name>")
    def show(name: str) -> str:
        rows = (
            connection()
            .execute("SELECT title, html FROM rows WHERE page = ? ORDER BY id", (name,))
            .fetchall()
        )
        return render_template(page, name=name, rows=rows)

    return app


def _fill(path: Path, sizes: dict[str, int]) -> None:
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE IF EXISTS rows")
        database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, page TEXT, title TEXT, html TEXT)")
        database.execute("CREATE INDEX by_page ON rows (page)")
        for name, size in sizes.items():
            body = "<p>" + "x" * max(1, size // ROWS - 70) + "</p>"
            rows = [(name, f"Row {number}", body) for number in range(ROWS)]
            database.executemany("INSERT INTO rows (page, title, html) VALUES (?, ?, ?)", rows)
