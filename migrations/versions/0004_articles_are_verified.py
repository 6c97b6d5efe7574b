"""Articles are verified; broken links are known."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "article_verifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_article_verifications_article_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["before_by_id"],
            ["users.id"],
            name=op.f("fk_article_verifications_before_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"],
            ["users.id"],
            name=op.f("fk_article_verifications_verified_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_verifications")),
    )
    with op.batch_alter_table("article_verifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_verifications_article_id"), ["article_id"], unique=False)

    op.create_table(
        "broken_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column(
            "fault",
            sa.Enum(
                "missing",
                "withdrawn",
                "hidden",
                "anchor_gone",
                "media_missing",
                name="fault",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["translation_id"],
            ["translations.id"],
            name=op.f("fk_broken_links_translation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_links")),
        sa.UniqueConstraint(
            "translation_id",
            "target",
            "fault",
            "place",
            name=op.f("uq_broken_links_translation_id_target_fault_place"),
        ),
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_column("due_told_at")

    op.drop_table("broken_links")
    with op.batch_alter_table("article_verifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_verifications_article_id"))

    op.drop_table("article_verifications")
