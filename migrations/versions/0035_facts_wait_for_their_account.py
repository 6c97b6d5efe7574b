"""Facts wait for their account or person, and names have meanings."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "signal_aliases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_signal_aliases_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_signal_aliases_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_signal_aliases_made_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_aliases")),
        sa.UniqueConstraint("problem", "name", name=op.f("uq_signal_aliases_problem_name")),
    )
    op.create_table(
        "unmatched_signals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.String(200), nullable=True),
        sa.Column("address", sa.String(200), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.String(40), nullable=True),
        sa.Column("name", sa.String(200), nullable=True),
        sa.Column("signal_id", sa.Integer(), nullable=True),
        sa.Column("account_alias_id", sa.Integer(), nullable=True),
        sa.Column("person_alias_id", sa.Integer(), nullable=True),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=op.f("fk_unmatched_signals_signal_id")),
        sa.ForeignKeyConstraint(
            ["account_alias_id"], ["signal_aliases.id"], name=op.f("fk_unmatched_signals_account_alias_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_alias_id"], ["signal_aliases.id"], name=op.f("fk_unmatched_signals_person_alias_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmatched_signals")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_unmatched_signals_source_key")),
    )
    for name in ("account", "address", "signal_id", "account_alias_id", "person_alias_id"):
        op.create_index(f"ix_unmatched_signals_{name}", "unmatched_signals", [name])
    op.create_index("ix_unmatched_signals_problem_name", "unmatched_signals", ["problem", "name"])


def downgrade():
    op.drop_table("unmatched_signals")
    op.drop_table("signal_aliases")
