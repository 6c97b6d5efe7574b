"""The ledger is counted by account, kind, day and person."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "person_days",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_person_days_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "day", "person", name=op.f("pk_person_days")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO person_days (account_id, kind, day, person, signals)"
        " SELECT account_id, kind, day, coalesce(person, ''), count(*) FROM signals"
        " WHERE account_id IS NOT NULL AND left_out_as IS NULL"
        " GROUP BY account_id, kind, day, coalesce(person, '')"
    )
    op.drop_table("daily_rollups")


def downgrade():
    op.create_table(
        "daily_rollups",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_daily_rollups_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "day", name=op.f("pk_daily_rollups")),
    )
    op.execute(
        "INSERT INTO daily_rollups (account_id, kind, day, signals, people)"
        " SELECT account_id, kind, day, sum(signals), count(nullif(person, '')) FROM person_days"
        " GROUP BY account_id, kind, day"
    )
    op.drop_table("person_days")
