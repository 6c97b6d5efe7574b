"""Rendered pieces of pages, kept in this process under keys that change when what they show does.

A key has to hold everything that the piece depends on, the reader's rights and language included; relative
times ("2 minutes ago") may be late by the minute for which a piece is kept.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from threading import Lock
from typing import Any, Final, TypeVar

from flask import Flask, Response, current_app, render_template
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

KEPT_SECONDS: Final = 60.0
LARGEST_TOTAL: Final = 32_000_000

TOKEN_PLACE: Final = f"token-{secrets.token_hex(16)}"
Piece = TypeVar("Piece", bound=Sized)


class Fragments:
    """Pieces of HTML, those used longest ago forgotten first."""

    def __init__(self) -> None:
        self._pieces: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Piece]) -> Piece:
        """Return the piece under a key, made now if it is missing or too old."""
        now = time.monotonic()
        with self._lock:
            found = self._pieces.get(key)
            if found and found[0] > now:
                self._pieces.move_to_end(key)
                piece: Piece = found[1]
                return piece
        piece = make()
        with self._lock:
            self._forget(key)
            self._pieces[key] = (now + KEPT_SECONDS, piece)
            self._total += len(piece)
            while self._total > LARGEST_TOTAL:
                self._forget(next(iter(self._pieces)))
        return piece

    def _forget(self, key: Hashable) -> None:
        if key in self._pieces:
            self._total -= len(self._pieces.pop(key)[1])

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._pieces.clear()
            self._total = 0


def render_piece(template: str, **context: Any) -> Markup:
    """Render a template to be put into another."""
    return Markup(render_template(template, **context))  # noqa: S704  # Templates escape what they are given.


def fragments() -> Fragments:
    """Return the pieces that this process keeps."""
    kept: Fragments = current_app.extensions["fragments"]
    return kept


def init_fragments(app: Flask) -> None:
    """Give templates `fragment(template, key, …)`, and forms a token that kept pieces can carry.

    Pieces hold a placeholder; the reader's own token takes its place when the page is sent.
    """
    kept = app.extensions["fragments"] = Fragments()

    def fragment(template: str, key: Hashable, **context: Any) -> Markup:
        return kept.get((template, key), lambda: render_piece(template, **context))

    app.jinja_env.globals.update(fragment=fragment, csrf_token=lambda: TOKEN_PLACE)

    @app.after_request
    def fill_in_token(response: Response) -> Response:
        if response.mimetype == "text/html" and not response.direct_passthrough:
            body = response.get_data(as_text=True)
            if TOKEN_PLACE in body:
                response.set_data(body.replace(TOKEN_PLACE, generate_csrf()))
        return response
