"""Steps say how long they take."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("map_steps", "checklist_steps"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("minutes", sa.Integer(), nullable=True))


def downgrade():
    for table in ("map_steps", "checklist_steps"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("minutes")
