"""Posts change and go, moderators act, and topics are of more kinds."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXTS = (("writer_role", 120), ("usage", 300), ("status_note", 1000))


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
        for name in ("removed_at", "closed_at", "pinned_at", "archived_at"):
            batch.add_column(sa.Column(name, UtcDateTime(), nullable=True))
        for name in ("duplicate_of_id", "merged_into_id"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_topics_{name}"), "topics", [name], ["id"])
        batch.create_index(op.f("ix_topics_duplicate_of_id"), ["duplicate_of_id"])
        batch.add_column(sa.Column("rating", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("idea_status", sa.String(length=40), nullable=True))
        for name, length in TEXTS:
            batch.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        batch.add_column(sa.Column("tag_words", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("vote_count", sa.Integer(), nullable=False, server_default="0"))
        batch.create_index("ix_topics_kind_vote_count_id", ["kind", "vote_count", "id"])
    op.execute(
        "UPDATE topics SET vote_count = coalesce("
        "(SELECT vote_count FROM posts WHERE posts.topic_id = topics.id AND posts.position = 1), 0)"
    )
    with op.batch_alter_table("topics") as batch:
        for name in (*(name for name, _ in TEXTS), "tag_words", "vote_count"):
            batch.alter_column(name, server_default=None)
    with op.batch_alter_table("boards") as batch:
        batch.add_column(sa.Column("posting", sa.Text(), nullable=False, server_default="|signed-in|"))
        batch.add_column(sa.Column("templates", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("boards") as batch:
        batch.alter_column("posting", server_default=None)
        batch.alter_column("templates", server_default=None)
    with op.batch_alter_table("search_documents") as batch:
        batch.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("search_documents") as batch:
        batch.alter_column("tags", server_default=None)
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("slug", name=op.f("uq_tags_slug")),
    )
    op.create_table(
        "tag_names",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_tag_names_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tag_names")),
    )
    op.create_index(op.f("ix_tag_names_tag_id"), "tag_names", ["tag_id"])
    op.create_table(
        "topic_tags",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_topic_tags_topic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_topic_tags_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("topic_id", "tag_id", name=op.f("pk_topic_tags")),
    )
    op.create_index(op.f("ix_topic_tags_tag_id"), "topic_tags", ["tag_id"])
    op.create_table(
        "board_moderators",
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["board_id"], ["boards.id"], name=op.f("fk_board_moderators_board_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_board_moderators_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("board_id", "user_id", name=op.f("pk_board_moderators")),
    )
    op.create_table(
        "moderation_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_moderation_acts_actor_id")),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_moderation_acts_topic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_moderation_acts_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_acts")),
    )
    op.create_index(op.f("ix_moderation_acts_topic_id"), "moderation_acts", ["topic_id"])


def downgrade():
    op.drop_index(op.f("ix_moderation_acts_topic_id"), table_name="moderation_acts")
    op.drop_table("moderation_acts")
    op.drop_table("board_moderators")
    op.drop_index(op.f("ix_topic_tags_tag_id"), table_name="topic_tags")
    op.drop_table("topic_tags")
    op.drop_index(op.f("ix_tag_names_tag_id"), table_name="tag_names")
    op.drop_table("tag_names")
    op.drop_table("tags")
    with op.batch_alter_table("search_documents") as batch:
        batch.drop_column("tags")
    with op.batch_alter_table("boards") as batch:
        batch.drop_column("templates")
        batch.drop_column("posting")
    with op.batch_alter_table("topics") as batch:
        batch.drop_index("ix_topics_kind_vote_count_id")
        for name in ("vote_count", "tag_words", *(name for name, _ in TEXTS), "idea_status", "rating"):
            batch.drop_column(name)
        batch.drop_index(op.f("ix_topics_duplicate_of_id"))
        for name in ("merged_into_id", "duplicate_of_id"):
            batch.drop_constraint(op.f(f"fk_topics_{name}"), type_="foreignkey")
            batch.drop_column(name)
        for name in ("archived_at", "pinned_at", "closed_at", "removed_at"):
            batch.drop_column(name)
    with op.batch_alter_table("posts") as batch:
        batch.drop_constraint(op.f("fk_posts_removed_by_id"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_posts_edited_by_id"), type_="foreignkey")
        for name in ("removed_by_id", "removed_at", "edited_by_id", "edited_at", "edition"):
            batch.drop_column(name)
    op.drop_table("post_revisions")
