"""Posts have comments, questions several solutions, and answers may be official."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("posts") as batch:
        batch.alter_column("position", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("accepted_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("is_official", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_foreign_key(
            op.f("fk_posts_parent_id"), "posts", ["parent_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index(op.f("ix_posts_parent_id"), ["parent_id"])
    op.execute(
        "UPDATE posts SET accepted_at = (SELECT coalesce(solved_at, active_at) FROM topics"
        " WHERE topics.accepted_post_id = posts.id)"
        " WHERE id IN (SELECT accepted_post_id FROM topics WHERE accepted_post_id IS NOT NULL)"
    )
    with op.batch_alter_table("posts") as batch:
        batch.alter_column("is_official", server_default=None)


def downgrade():
    op.execute("DELETE FROM posts WHERE parent_id IS NOT NULL")
    with op.batch_alter_table("posts") as batch:
        batch.drop_index(op.f("ix_posts_parent_id"))
        batch.drop_constraint(op.f("fk_posts_parent_id"), type_="foreignkey")
        for name in ("is_official", "accepted_at", "parent_id"):
            batch.drop_column(name)
        batch.alter_column("position", existing_type=sa.Integer(), nullable=False)
