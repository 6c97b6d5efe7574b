"""What was merged into a topic is looked up each time that a solved one is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

IS_MERGED = sa.text("merged_into_id IS NOT NULL")


def upgrade():
    op.create_index(
        "ix_topics_merged_into_id",
        "topics",
        ["merged_into_id"],
        sqlite_where=IS_MERGED,
        postgresql_where=IS_MERGED,
    )


def downgrade():
    op.drop_index("ix_topics_merged_into_id", "topics")
