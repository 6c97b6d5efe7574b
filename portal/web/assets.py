"""Static files: hashed addresses that may be cached for ever, served by WhiteNoise, compressed when built."""

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from portal.web.headers import HEADERS

STATIC: Final = Path(__file__).parent.parent / "static"
HTMX: Final = Path(str(resources.files("js_lib_htmx"))) / "static" / "htmx" / "htmx.min.js"
FOREVER: Final = 365 * 24 * 3600


def _file_of(path: str) -> Path:
    """Return a static file; htmx stays in its own package until a build has copied and compressed it."""
    return STATIC / path if (STATIC / path).exists() else HTMX


@cache
def _hashed(path: str) -> str:
    digest = hashlib.sha256(_file_of(path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def is_asset(path: str) -> bool:
    """Tell whether there is a static file at an address."""
    name = path.removeprefix("/static/")
    return name != path and ".." not in name and (STATIC / name).is_file()


def _set_headers(headers: Headers, _path: str, _url: str) -> None:
    for name, value in HEADERS.items():
        headers[name] = value


def init_assets(app: Flask) -> None:
    """Serve `/static/…` and give templates `asset(path)`."""
    whitenoise = WhiteNoise(
        app.wsgi_app,
        max_age=FOREVER,
        allow_all_origins=False,
        add_headers_function=_set_headers,
    )
    whitenoise.add_file_to_dictionary("/static/vendor/htmx.min.js", str(HTMX))
    whitenoise.add_files(STATIC, "/static/")
    app.wsgi_app = whitenoise  # type: ignore[method-assign]  # Flask's documented way to wrap the app.
    app.jinja_env.globals["asset"] = _hashed
