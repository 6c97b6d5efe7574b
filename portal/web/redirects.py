"""Where to go next, never to another site."""

from urllib.parse import urlsplit


def local_path(target: str | None, default: str) -> str:
    """Return the wanted path if it lies on this site, else the default."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
