"""Accounts have outcomes, and scores are compared with them."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

OPEN = sa.text("finished_at IS NULL")


def upgrade():
    op.create_table(
        "account_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revenue_before", sa.Integer(), nullable=False),
        sa.Column("revenue_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_outcomes_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_outcomes")),
    )
    op.create_index(op.f("ix_account_outcomes_account_id"), "account_outcomes", ["account_id", "day"])
    op.create_index(op.f("ix_account_outcomes_day"), "account_outcomes", ["day"])
    op.execute(
        "INSERT INTO account_outcomes (account_id, kind, day, revenue_before, revenue_after) "
        "SELECT id, 'churned', churned_on, monthly_revenue, 0 FROM accounts "
        "WHERE status = 'churned' AND churned_on IS NOT NULL"
    )
    op.create_table(
        "validations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validations")),
    )
    op.create_index(
        "ix_validations_open", "validations", ["asked_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade():
    op.drop_table("validations")
    op.drop_table("account_outcomes")
