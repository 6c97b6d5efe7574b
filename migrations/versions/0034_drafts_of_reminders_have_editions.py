"""Drafts of reminders have editions."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("nudges", sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))


def downgrade():
    with op.batch_alter_table("nudges") as batch:
        batch.drop_column("edition")
