"""Digests that only this site can make: they recognise a text and do not tell it."""

import hashlib
import hmac

from flask import current_app


def keyed_digest(text: str) -> str:
    """Return 64 hexadecimal digits that stand for a text; without the site's secret nobody can try texts."""
    secret: str = current_app.config["SECRET_KEY"]
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
