"""Posts can be changed and removed, and what they said before is kept."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0013"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "post_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_post_revisions_author_id")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_revisions_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_revisions")),
        sa.UniqueConstraint("post_id", "edition", name=op.f("uq_post_revisions_post_id_edition")),
    )
    with op.batch_alter_table("posts") as batch:
        batch.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("edited_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("edited_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("removed_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("removed_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_posts_edited_by_id"), "users", ["edited_by_id"], ["id"])
        batch.create_foreign_key(op.f("fk_posts_removed_by_id"), "users", ["removed_by_id"], ["id"])
    with op.batch_alter_table("posts") as batch:
        batch.alter_column("edition", server_default=None)
    with op.batch_alter_table("topics") as batch:
        batch.add_column(sa.Column("removed_at", UtcDateTime(), nullable=True))


def downgrade():
    with op.batch_alter_table("topics") as batch:
        batch.drop_column("removed_at")
    with op.batch_alter_table("posts") as batch:
        batch.drop_constraint(op.f("fk_posts_removed_by_id"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_posts_edited_by_id"), type_="foreignkey")
        for name in ("removed_by_id", "removed_at", "edited_by_id", "edited_at", "edition"):
            batch.drop_column(name)
    op.drop_table("post_revisions")
