"""Models are tried on accounts before they score them."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "model_previews",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("against", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("done_until", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["scoring_models.id"], name=op.f("fk_model_previews_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_model_previews")),
    )
    op.create_table(
        "previewed_scores",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("before_e4", sa.Integer(), nullable=True),
        sa.Column("before_band", sa.String(40), nullable=True),
        sa.Column("after_e4", sa.Integer(), nullable=True),
        sa.Column("after_band", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["model_previews.model_id"],
            name=op.f("fk_previewed_scores_model_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_previewed_scores_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_id", "account_id", name=op.f("pk_previewed_scores")),
    )
    op.create_index(op.f("ix_previewed_scores_account_id"), "previewed_scores", ["account_id"])


def downgrade():
    op.drop_table("previewed_scores")
    op.drop_table("model_previews")
