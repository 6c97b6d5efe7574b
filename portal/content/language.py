"""Which of the site's languages a text is written in."""

import re
from typing import Final

_JAPANESE: Final = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]|[\u4e00-\u9fff]{2}")


def language_of(text: str) -> str:
    """Return `ja` for a text with kana or a Chinese-character word in it, else `en`."""
    return "ja" if _JAPANESE.search(text) else "en"
