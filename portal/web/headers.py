"""Security headers on every answer; nothing inline, nothing from elsewhere."""

from typing import Final

from flask import Flask, Response

_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_headers(app: Flask) -> None:
    """Set what every answer carries."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in (*HEADERS.items(), ("Cache-Control", "private, no-cache")):
            response.headers.setdefault(name, value)
        return response
