"""Tables as CSV files that spreadsheets open as they are meant."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response


def csv_answer(rows: Iterable[Sequence[object]], *, name: str) -> Response:
    """Answer with a file of these rows, the first of which names the columns."""
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    answer = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _cell(value: object) -> object:
    """Keep a text from being read as a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
