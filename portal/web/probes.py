"""Pages for machines: is the process alive, can it serve, what does it count."""

import time

from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import text

from portal.core.db import db
from portal.web.cards import absolute

bp = Blueprint("web", __name__)

REQUESTS = Counter("portal_requests", "Answered requests", ["endpoint", "method", "status"])
SECONDS = Histogram("portal_request_seconds", "Time to answer", ["endpoint"])


@bp.get("/healthz")
def show_liveness() -> ResponseReturnValue:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def show_readiness() -> ResponseReturnValue:
    """Say whether the database answers too."""
    try:
        db.session.execute(text("SELECT 1"))
    except Exception:  # noqa: BLE001  # Whatever is wrong, this process is not ready.
        return Response("the database does not answer\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


@bp.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    """Show this process's counters in Prometheus' format."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@bp.get("/robots.txt")
def show_robots() -> ResponseReturnValue:
    """Tell crawlers what is worth reading."""
    closed = ("/search", "/staff/", "/me/", "/attachments/", "/support/", "/onboarding/", "/sign-in")
    rules = [f"Disallow: {path}" for path in closed]
    lines = ["User-agent: *", *rules, "", f"Sitemap: {absolute('/sitemap.xml')}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def init_probes(app: Flask) -> None:
    """Count requests and their time, and serve the pages for machines."""
    app.register_blueprint(bp)

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        REQUESTS.labels(endpoint, request.method, response.status_code).inc()
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        return response
