"""Numbers that people and addresses send."""

from typing import Final

LARGEST_ROW: Final = 2**31 - 1


def row_number(text: str) -> int:
    """Read the number of a row, for `request.args.get(…, type=row_number)`.

    Raises:
        ValueError: it is no whole number, or larger than any row's.
    """
    number = int(text)
    if abs(number) > LARGEST_ROW:
        raise ValueError(text)
    return number
