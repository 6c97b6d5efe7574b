"""Do the migrations make exactly the tables of the models? `python -m tests.migrations` says so."""

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade

from portal.app import create_app
from portal.core.config import load_settings
from portal.core.db import db
from portal.core.orm import Base


def differences(url: str) -> list[object]:
    """Return how a database made by all migrations differs from the models."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({"PORTAL_DATA_DIR": folder, "PORTAL_DATABASE_URL": url}))
        with app.app_context():
            upgrade()
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                found = list(compare_metadata(context, Base.metadata))
            downgrade(revision="base")
            upgrade()
            db.engine.dispose()
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        lines = differences(f"sqlite:///{Path(place) / 'check.db'}")
    for line in lines:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"migrations: {len(lines)} differences from the models\n")
    sys.exit(1 if lines else 0)
