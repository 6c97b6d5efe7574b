"""Goals count what people let them say."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("goals", sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))


def downgrade():
    op.drop_column("goals", "edition")
