"""Files of JSON objects, one a line, as commands read them."""

import json
from math import isinf
from typing import Final, NoReturn

from portal.core.errors import InvalidError
from portal.core.i18n import N_


def read_line(line: bytes) -> object:
    """Return what a line of JSON says.

    Raises:
        InvalidError: the line is not UTF-8, or not JSON.
    """
    try:
        return _DECODER.decode(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidError(N_("not UTF-8 (byte %(byte)s)"), byte=error.start) from None
    except (ValueError, RecursionError) as error:
        raise InvalidError(N_("not JSON: %(reason)s"), reason=str(error)) from None


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text} is larger than any number")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
