"""Readable ends of addresses, in any script."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 80


def slugify(text: str) -> str:
    """Return words joined by hyphens; Japanese stays Japanese. `untitled` when nothing is left."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^\w]+", "-", plain).strip("-_")[:LONGEST].rstrip("-_") or "untitled"
