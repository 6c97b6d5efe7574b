"""Rate limits: who may send how much, counted in this process or in Redis."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from portal.core.config import Settings

limiter = Limiter(get_remote_address, default_limits=[])


def init_limits(app: Flask, settings: Settings) -> None:
    """Attach the limiter."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    app.config["RATELIMIT_HEADERS_ENABLED"] = True
    limiter.init_app(app)
