"""Moderators have a queue, and can silence and suspend."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "sanctions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("imposed_by_id", sa.Integer(), nullable=False),
        sa.Column("imposed_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("appealed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sanctions_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["imposed_by_id"], ["users.id"], name=op.f("fk_sanctions_imposed_by_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["users.id"], name=op.f("fk_sanctions_lifted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    op.create_index(op.f("ix_sanctions_user_id"), "sanctions", ["user_id"])
    with op.batch_alter_table("posts") as batch:
        batch.add_column(sa.Column("held_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("sanction_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_posts_sanction_id"), "sanctions", ["sanction_id"], ["id"])
        batch.create_index(op.f("ix_posts_sanction_id"), ["sanction_id"])
    op.create_table(
        "post_cases",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("spam_score", sa.Double(), nullable=False),
        sa.Column("spam_signs", sa.JSON(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_post_cases_assignee_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_post_cases_closed_by_id")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_cases_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_cases")),
    )
    op.create_index("ix_post_cases_closed_at_opened_at", "post_cases", ["closed_at", "opened_at"])
    op.execute(
        "INSERT INTO post_cases (post_id, opened_at, spam_score, spam_signs) "
        "SELECT post_id, min(flagged_at), 0, '[]' FROM post_flags WHERE resolved_at IS NULL GROUP BY post_id"
    )
    op.create_table(
        "post_traces",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("trace", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_traces_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "trace", name=op.f("pk_post_traces")),
    )
    op.create_index(op.f("ix_post_traces_trace"), "post_traces", ["trace"])


def downgrade():
    op.drop_index(op.f("ix_post_traces_trace"), table_name="post_traces")
    op.drop_table("post_traces")
    op.drop_index("ix_post_cases_closed_at_opened_at", table_name="post_cases")
    op.drop_table("post_cases")
    with op.batch_alter_table("posts") as batch:
        batch.drop_index(op.f("ix_posts_sanction_id"))
        batch.drop_constraint(op.f("fk_posts_sanction_id"), type_="foreignkey")
        batch.drop_column("sanction_id")
        batch.drop_column("held_at")
    op.drop_index(op.f("ix_sanctions_user_id"), table_name="sanctions")
    op.drop_table("sanctions")
