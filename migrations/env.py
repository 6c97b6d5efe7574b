"""Runs the migrations on the app's own database."""

from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator

from portal.core.db import db
from portal.core.orm import Base


def render_item(kind, item, _autogen_context):
    """Write our own column types as what the database sees, so that old migrations never import the portal."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def run():
    """Run inside one transaction where the database allows it."""
    options = {
        "render_as_batch": True,
        "compare_type": True,
        **current_app.extensions["migrate"].configure_args,
    }
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":  # It makes tables anew; dropping the old would delete rows.
            connection.connection.execute("PRAGMA foreign_keys = OFF")
            connection.detach()
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_item=render_item, **options
        )
        with context.begin_transaction():
            context.run_migrations()


run()
