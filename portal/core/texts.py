"""What may stand in a line of text."""

import unicodedata


def is_written(text: str) -> bool:
    """Tell whether a text has only characters that can be printed, and spaces of any width among them."""
    return text.isprintable() or all(
        letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in text
    )
