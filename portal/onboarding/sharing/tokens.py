"""The addresses of shared links."""

from typing import Final

from portal.web.signing import read_signed, sign

PURPOSE: Final = "shared checklist"


def token_of(link_id: int) -> str:
    """Return what the address of a link holds."""
    return sign(link_id, purpose=PURPOSE)


def read_token(token: str) -> int:
    """Return the id of the link whose address holds this.

    Raises:
        NotFoundError: we did not make it.
    """
    link_id: int = read_signed(token, purpose=PURPOSE)
    return link_id
