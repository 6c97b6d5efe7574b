"""Readers thank for posts and have questions too; an asker who waits is known."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ASKER_WAITS = sa.text("asker_wrote_last AND accepted_post_id IS NULL")


def upgrade():
    for name, at in (("post_thanks", "thanked_at"), ("me_toos", "said_at")):
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("post_id", sa.Integer(), nullable=False),
            sa.Column("user_id", sa.Integer(), nullable=False),
            sa.Column(at, UtcDateTime(), nullable=False),
            sa.ForeignKeyConstraint(
                ["post_id"], ["posts.id"], name=op.f(f"fk_{name}_post_id"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                ["user_id"], ["users.id"], name=op.f(f"fk_{name}_user_id"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.UniqueConstraint("post_id", "user_id", name=op.f(f"uq_{name}_post_id_user_id")),
        )
        op.create_index(op.f(f"ix_{name}_user_id"), name, ["user_id"])
    with op.batch_alter_table("posts") as batch:
        batch.add_column(sa.Column("thanks_count", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("topics") as batch:
        batch.add_column(sa.Column("me_too_count", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(
            sa.Column("asker_wrote_last", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.drop_index(op.f("ix_topics_author_id"))
        batch.create_index(op.f("ix_topics_author_id_active_at_id"), ["author_id", "active_at", "id"])
    op.execute(
        "UPDATE topics SET asker_wrote_last = true WHERE kind = 'question' AND author_id ="
        " (SELECT posts.author_id FROM posts LEFT JOIN posts AS parents ON parents.id = posts.parent_id"
        " WHERE posts.topic_id = topics.id AND posts.removed_at IS NULL AND parents.removed_at IS NULL"
        " AND (posts.position IS NULL OR posts.position > 1)"
        " ORDER BY posts.created_at DESC, posts.id DESC LIMIT 1)"
    )
    op.create_index(
        "ix_topics_asker_waits",
        "topics",
        ["active_at", "id"],
        sqlite_where=sa.text("asker_wrote_last = 1 AND accepted_post_id IS NULL"),
        postgresql_where=ASKER_WAITS,
    )
    with op.batch_alter_table("post_cases") as batch:
        batch.add_column(sa.Column("sanction_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_post_cases_sanction_id"), "sanctions", ["sanction_id"], ["id"])
        batch.create_index(op.f("ix_post_cases_sanction_id"), ["sanction_id"])
    op.create_table(
        "topic_articles",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("post_ids", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_topic_articles_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_topic_articles_topic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_topic_articles_made_by_id")),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_topic_articles")),
        sa.UniqueConstraint("article_id", name=op.f("uq_topic_articles_article_id")),
    )


def downgrade():
    op.drop_table("topic_articles")
    with op.batch_alter_table("post_cases") as batch:
        batch.drop_index(op.f("ix_post_cases_sanction_id"))
        batch.drop_constraint(op.f("fk_post_cases_sanction_id"), type_="foreignkey")
        batch.drop_column("sanction_id")
    op.drop_index("ix_topics_asker_waits", "topics")
    with op.batch_alter_table("topics") as batch:
        batch.drop_index(op.f("ix_topics_author_id_active_at_id"))
        batch.create_index(op.f("ix_topics_author_id"), ["author_id"])
        batch.drop_column("asker_wrote_last")
        batch.drop_column("me_too_count")
    with op.batch_alter_table("posts") as batch:
        batch.drop_column("thanks_count")
    op.drop_table("me_toos")
    op.drop_table("post_thanks")
