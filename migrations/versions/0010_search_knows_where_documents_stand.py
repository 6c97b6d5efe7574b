"""Search documents tell in which section or on which board they stand."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


# What is there already gets its place; the index is made anew by its version.
def fill(connection):
    set_section = sa.text("UPDATE search_documents SET section = :section WHERE group_key = :group_key")
    articles = sa.text("SELECT id, section_id FROM articles")
    topics = sa.text("SELECT id, board_id FROM topics")
    for query, group, section in ((articles, "article", "section"), (topics, "topic", "board")):
        for rows in connection.execute(query).partitions(1000):
            values = [
                {"group_key": f"{group}:{thing}", "section": f"{section}:{place}"} for thing, place in rows
            ]
            connection.execute(set_section, values)


def upgrade():
    with op.batch_alter_table("search_documents") as batch:
        batch.add_column(sa.Column("section", sa.String(length=40), nullable=False, server_default=""))
    with op.batch_alter_table("search_documents") as batch:
        batch.alter_column("section", server_default=None)
    fill(op.get_bind())


def downgrade():
    with op.batch_alter_table("search_documents") as batch:
        batch.drop_column("section")
