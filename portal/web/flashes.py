"""What a page says of the act that led to it, when that can be undone."""

from collections.abc import Sequence

from flask import flash


def offer_undo(words: str, *, action: str, fields: Sequence[tuple[str, str]]) -> None:
    """Say that something was done, beside a button that posts `fields` with `_method=delete`."""
    flash({"words": words, "action": action, "fields": fields}, "undo")  # type: ignore[arg-type]  # Kept as JSON.
