"""Articles have revisions, reviews and translations that know their source; files know their size."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


# The texts that are there become the first revisions of their translations.
FIRST_REVISIONS = (
    """INSERT INTO article_revisions
       (translation_id, number, title, summary, body, significance, note, author_id, created_at)
       SELECT id, 1, title, summary, body, 'normal', '', author_id, updated_at FROM translations""",
    "UPDATE translations SET newest_number = 1",
    "UPDATE translations SET live_number = 1, stage = 'published' WHERE status = 'published'",
    """UPDATE articles SET source_language =
       COALESCE((SELECT MIN(language) FROM translations WHERE article_id = articles.id), '')""",
    """UPDATE article_revisions SET source_number = 1 WHERE translation_id IN
       (SELECT translations.id FROM translations JOIN articles ON articles.id = translations.article_id
        WHERE translations.language <> articles.source_language)""",
    """UPDATE articles SET verified_at =
       (SELECT MIN(published_at) FROM translations WHERE article_id = articles.id)""",
)


def upgrade():
    op.create_table(
        "article_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("bodies", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_templates")),
        sa.UniqueConstraint("name", name=op.f("uq_article_templates_name")),
    )
    op.create_table(
        "snippets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("bodies", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippets")),
        sa.UniqueConstraint("name", name=op.f("uq_snippets_name")),
    )
    op.create_table(
        "article_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_article_drafts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_drafts")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_article_drafts_user_id_key")),
    )
    op.create_table(
        "section_slugs",
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["sections.id"], name=op.f("fk_section_slugs_section_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_section_slugs")),
    )
    with op.batch_alter_table("section_slugs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_section_slugs_section_id"), ["section_id"], unique=False)

    op.create_table(
        "related_articles",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Double(), nullable=False),
        sa.Column("together", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_related_articles_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["articles.id"], name=op.f("fk_related_articles_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "other_id", name=op.f("pk_related_articles")),
    )
    op.create_table(
        "see_also",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_see_also_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["articles.id"], name=op.f("fk_see_also_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "other_id", name=op.f("pk_see_also")),
    )
    op.create_table(
        "article_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "significance",
            sa.Enum("typo", "normal", "major", name="significance", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("source_number", sa.Integer(), nullable=True),
        sa.Column("restored_number", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_asked_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_article_revisions_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["review_asked_by_id"],
            ["users.id"],
            name=op.f("fk_article_revisions_review_asked_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["translation_id"],
            ["translations.id"],
            name=op.f("fk_article_revisions_translation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_revisions")),
        sa.UniqueConstraint(
            "translation_id", "number", name=op.f("uq_article_revisions_translation_id_number")
        ),
    )
    op.create_table(
        "article_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum("approved", "changes_asked", name="verdict", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_article_reviews_reviewer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["article_revisions.id"],
            name=op.f("fk_article_reviews_revision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_reviews")),
    )
    with op.batch_alter_table("article_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_reviews_revision_id"), ["revision_id"], unique=False)

    with op.batch_alter_table("article_votes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision_number", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("resolved_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("resolution", sa.Text(), nullable=False, server_default=""))
        batch_op.drop_constraint(batch_op.f("uq_article_votes_article_id_voter"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_article_votes_article_id_language_revision_number_voter"),
            ["article_id", "language", "revision_number", "voter"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_article_votes_resolved_by_id"),
            "users",
            ["resolved_by_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("source_language", sa.String(length=8), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("verifier_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("verify_every_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("verified_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_articles_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_articles_verifier_id"), "users", ["verifier_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_articles_verified_by_id"), "users", ["verified_by_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_articles_merged_into_id"),
            "articles",
            ["merged_into_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("width", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("height", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_files_user_id"), "users", ["user_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("sections", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("needs_review", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("verifier_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("verify_every_days", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_sections_verifier_id"), "users", ["verifier_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("translations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "stage",
                sa.Enum(
                    "draft",
                    "in_review",
                    "changes_asked",
                    "scheduled",
                    "published",
                    name="stage",
                    native_enum=False,
                    length=40,
                ),
                nullable=False,
                server_default="draft",
            )
        )
        batch_op.add_column(sa.Column("newest_number", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("live_number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "freshness",
                sa.Enum("fresh", "to_update", "outdated", name="freshness", native_enum=False, length=40),
                nullable=False,
                server_default="fresh",
            )
        )
        batch_op.create_index(batch_op.f("ix_translations_publish_at"), ["publish_at"], unique=False)

    for statement in FIRST_REVISIONS:
        op.execute(statement)


def downgrade():
    with op.batch_alter_table("translations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_translations_publish_at"))
        batch_op.drop_column("freshness")
        batch_op.drop_column("publish_at")
        batch_op.drop_column("live_number")
        batch_op.drop_column("newest_number")
        batch_op.drop_column("stage")

    with op.batch_alter_table("sections", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_sections_verifier_id"), type_="foreignkey")
        batch_op.drop_column("verify_every_days")
        batch_op.drop_column("verifier_id")
        batch_op.drop_column("needs_review")

    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_files_user_id"), type_="foreignkey")
        batch_op.drop_column("user_id")
        batch_op.drop_column("height")
        batch_op.drop_column("width")

    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_articles_merged_into_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_articles_verified_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_articles_verifier_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_articles_merged_into_id"))
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("verified_by_id")
        batch_op.drop_column("verified_at")
        batch_op.drop_column("verify_every_days")
        batch_op.drop_column("verifier_id")
        batch_op.drop_column("source_language")

    with op.batch_alter_table("article_votes", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_article_votes_resolved_by_id"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("uq_article_votes_article_id_language_revision_number_voter"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_article_votes_article_id_voter"), ["article_id", "voter"]
        )
        batch_op.drop_column("resolution")
        batch_op.drop_column("resolved_by_id")
        batch_op.drop_column("resolved_at")
        batch_op.drop_column("revision_number")

    with op.batch_alter_table("article_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_reviews_revision_id"))

    op.drop_table("article_reviews")
    op.drop_table("article_revisions")
    op.drop_table("see_also")
    op.drop_table("related_articles")
    with op.batch_alter_table("section_slugs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_section_slugs_section_id"))

    op.drop_table("section_slugs")
    op.drop_table("article_drafts")
    op.drop_table("snippets")
    op.drop_table("article_templates")
