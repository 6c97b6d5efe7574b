"""Where the site itself is."""

from urllib.parse import urlsplit

from flask import current_app


def site_host() -> str:
    """Return the name of the host in the site's own address, in lower case; empty if it has none."""
    return urlsplit(current_app.extensions["settings"].base_url).hostname or ""
