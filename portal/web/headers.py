"""Security headers on every answer; nothing inline, nothing from elsewhere."""

from typing import Final

from flask import Flask, Response, g

_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_headers(app: Flask) -> None:
    """Set what every answer carries; `g.frame_sources` names the sites whose players a page may show."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        if sources := g.get("frame_sources"):
            policy = f"{_CONTENT_SECURITY_POLICY}; frame-src {' '.join(sources)}"
            response.headers["Content-Security-Policy"] = policy
        for name, value in (*HEADERS.items(), ("Cache-Control", "private, no-cache")):
            response.headers.setdefault(name, value)
        return response
