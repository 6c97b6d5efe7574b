"""Steps of checklists have people who are to do them, and comments with files."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "step_assignees",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("assigned_by_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"], ["checklist_steps.id"], name=op.f("fk_step_assignees_step_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_step_assignees_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"],
            ["users.id"],
            name=op.f("fk_step_assignees_assigned_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("step_id", "user_id", name=op.f("pk_step_assignees")),
    )
    op.create_index(op.f("ix_step_assignees_user_id"), "step_assignees", ["user_id"])
    op.create_table(
        "step_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["step_id"], ["checklist_steps.id"], name=op.f("fk_step_comments_step_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_step_comments_author_id")),
        sa.ForeignKeyConstraint(
            ["removed_by_id"],
            ["users.id"],
            name=op.f("fk_step_comments_removed_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_comments")),
    )
    op.create_index(op.f("ix_step_comments_step_id"), "step_comments", ["step_id"])
    op.create_table(
        "step_comment_files",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["step_comments.id"],
            name=op.f("fk_step_comment_files_comment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_step_comment_files_attachment_id")
        ),
        sa.PrimaryKeyConstraint("comment_id", "attachment_id", name=op.f("pk_step_comment_files")),
    )
    op.create_index(op.f("ix_step_comment_files_attachment_id"), "step_comment_files", ["attachment_id"])


def downgrade():
    op.drop_table("step_comment_files")
    op.drop_table("step_comments")
    op.drop_table("step_assignees")
