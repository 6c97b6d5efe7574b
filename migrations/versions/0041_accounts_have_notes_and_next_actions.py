"""Accounts have notes and next actions."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

OPEN = sa.text("done_at IS NULL")


def upgrade():
    op.create_table(
        "account_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        _reference("account_notes", "account_id", "accounts.id", "CASCADE"),
        _reference("account_notes", "author_id", "users.id", "SET NULL"),
        _reference("account_notes", "removed_by_id", "users.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_notes")),
    )
    op.create_index(
        "ix_account_notes_account_id_created_at_id", "account_notes", ["account_id", "created_at", "id"]
    )
    op.create_table(
        "next_actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        _reference("next_actions", "account_id", "accounts.id", "CASCADE"),
        _reference("next_actions", "owner_id", "users.id", "SET NULL"),
        _reference("next_actions", "made_by_id", "users.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_next_actions")),
    )
    op.create_index(op.f("ix_next_actions_account_id"), "next_actions", ["account_id"])
    op.create_index(
        "ix_next_actions_open",
        "next_actions",
        ["account_id", "due_on"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_next_actions_owner",
        "next_actions",
        ["owner_id", "due_on"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "next_action_turns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        _reference("next_action_turns", "action_id", "next_actions.id", "CASCADE"),
        _reference("next_action_turns", "by_id", "users.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_next_action_turns")),
    )
    op.create_index(op.f("ix_next_action_turns_action_id"), "next_action_turns", ["action_id"])


def _reference(table, column, target, ondelete):
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete=ondelete)


def downgrade():
    op.drop_table("next_action_turns")
    op.drop_table("next_actions")
    op.drop_table("account_notes")
