"""The application factory: settings, extensions, features, commands."""

import os
from pathlib import Path
from typing import Final

import click
from flask import Flask
from flask.cli import FlaskGroup
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import commands, worker
from portal.accounts import cli as accounts_cli
from portal.accounts import routes as accounts_routes
from portal.accounts.current import current_actor, init_sign_in
from portal.core import db as database
from portal.core.activity import ActivityLog
from portal.core.config import SettingError, Settings, load_settings
from portal.core.i18n import LANGUAGE_NAMES
from portal.core.jobs import Jobs
from portal.core.logging import configure_logging
from portal.web.assets import init_assets
from portal.web.errors import init_errors
from portal.web.headers import init_headers
from portal.web.language import init_language
from portal.web.limits import init_limits
from portal.web.probes import init_probes
from portal.web.times import init_times

BLUEPRINTS: Final = (accounts_routes.bp,)
COMMANDS: Final = (
    accounts_cli.accounts,
    accounts_cli.users,
    *commands.COMMANDS,
)
HERE: Final = Path(__file__).parent
LARGEST_REQUEST_BYTES: Final = 12 * 1024 * 1024


def migrations_folder() -> Path:
    """Return where the migrations lie: in the wheel, or beside the package in a checkout."""
    bundled = HERE / "_migrations"
    return bundled if bundled.exists() else HERE.parent / "migrations"


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application.

    Raises:
        SettingError: a setting in the environment cannot be used.
    """
    settings = settings or load_settings(os.environ)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("portal", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.signing_key(),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST_BYTES,
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.uses_https,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["settings"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # Flask's documented way.
    database.init_db(app, url=settings.sqlalchemy_url, migrations=str(migrations_folder()))
    CSRFProtect(app)
    init_probes(app)
    init_headers(app)
    init_language(app, settings)
    init_limits(app, settings)
    init_errors(app)
    init_times(app)
    init_sign_in(app)
    init_assets(app)
    ActivityLog(app)
    worker.init_worker(Jobs(app, settings, work=worker.work))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    _init_templates(app, settings)
    return app


def _init_templates(app: Flask, settings: Settings) -> None:
    """Give every page what its frame shows."""

    @app.context_processor
    def frame() -> dict[str, object]:
        return {
            "actor": current_actor(),
            "language": app.extensions["select_language"](),
        }

    app.jinja_env.globals.update(
        site=settings,
        languages=[(code, LANGUAGE_NAMES[code]) for code in settings.languages],
    )


@click.group(cls=FlaskGroup, create_app=create_app, add_default_commands=False, load_dotenv=False)
def _group() -> None:
    """Engawa: self-service and peer help, seen as account health."""


def main() -> None:
    """Run the `portal` command; a setting that cannot be used is told in one line."""
    configure_logging()
    try:
        _group()
    except SettingError as error:
        raise SystemExit(f"portal: {error}") from None
