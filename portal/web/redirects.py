"""Where to go next, never to another site."""

from urllib.parse import urlsplit

from flask import Request


def local_path(target: str | None, default: str) -> str:
    """Return the wanted path if it lies on this site, else the default."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def came_from(request: Request, *, default: str) -> str:
    """Return the page of this site on which a form was sent; the default when the browser does not say."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return default
    return local_path(f"{parts.path}?{parts.query}" if parts.query else parts.path, default)
