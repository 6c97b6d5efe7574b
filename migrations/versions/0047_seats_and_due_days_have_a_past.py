"""Former seats of accounts and former due days of steps are kept; what there is now held on all days before."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "former_seats",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_former_seats_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "until", name=op.f("pk_former_seats")),
    )
    op.create_table(
        "former_due_days",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"], ["checklist_steps.id"], name=op.f("fk_former_due_days_step_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("step_id", "until", name=op.f("pk_former_due_days")),
    )


def downgrade():
    op.drop_table("former_due_days")
    op.drop_table("former_seats")
