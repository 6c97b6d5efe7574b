"""Imports of an export remember the state in which they leave each part of the knowledge base."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "restored_states",
        sa.Column("part", sa.String(length=700), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_restored_states")),
    )


def downgrade():
    op.drop_table("restored_states")
