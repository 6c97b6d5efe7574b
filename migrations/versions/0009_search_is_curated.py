"""Staff pin results to queries and say which words mean the same."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "search_synonyms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("means", sa.String(length=200), nullable=False),
        sa.Column("is_both_ways", sa.Boolean(), nullable=False),
        *_history("search_synonyms"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_synonyms")),
    )
    op.create_table(
        "search_pins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("group_key", sa.String(length=60), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        *_history("search_pins"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_pins")),
    )


def _history(table):
    return (
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f(f"fk_{table}_changed_by_id"), ondelete="SET NULL"
        ),
    )


def downgrade():
    op.drop_table("search_pins")
    op.drop_table("search_synonyms")
