"""Search documents have authors, and what may lift them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


# What is there already gets its values; what readers say of an article comes with their next vote.
def fill(connection):
    posts = connection.execute(sa.text("SELECT id, topic_id, position, author_id FROM posts"))
    set_author = sa.text("UPDATE search_documents SET author_id = :author_id WHERE key = :key")
    for rows in posts.partitions(1000):
        values = [
            {
                "key": f"topic:{row.topic_id}" if row.position == 1 else f"post:{row.id}",
                "author_id": row.author_id,
            }
            for row in rows
        ]
        connection.execute(set_author, values)
    articles = connection.execute(
        sa.text("SELECT id, verified_at FROM articles WHERE verified_at IS NOT NULL")
    )
    set_day = sa.text("UPDATE search_documents SET verified_at = :verified_at WHERE group_key = :group_key")
    for rows in articles.partitions(1000):
        values = [{"group_key": f"article:{row.id}", "verified_at": row.verified_at} for row in rows]
        connection.execute(set_day, values)


def upgrade():
    with op.batch_alter_table("search_documents") as batch:
        batch.add_column(sa.Column("author_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("helpfulness", sa.Double(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(
            op.f("fk_search_documents_author_id"), "users", ["author_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_index(op.f("ix_search_documents_author_id"), ["author_id"])
    with op.batch_alter_table("search_documents") as batch:
        batch.alter_column("helpfulness", server_default=None)
    fill(op.get_bind())


def downgrade():
    with op.batch_alter_table("search_documents") as batch:
        batch.drop_index(op.f("ix_search_documents_author_id"))
        batch.drop_constraint(op.f("fk_search_documents_author_id"), type_="foreignkey")
        batch.drop_column("verified_at")
        batch.drop_column("helpfulness")
        batch.drop_column("author_id")
