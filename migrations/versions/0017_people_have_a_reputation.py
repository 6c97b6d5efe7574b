"""People have a reputation, which opens levels and weighs flags."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COUNTS = ("points", "level", "accepted", "votes", "answers", "topics")


def upgrade():
    op.create_table(
        "reputations",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("badges", sa.JSON(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reputations_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_reputations")),
    )
    op.create_index("ix_reputations_points_user_id", "reputations", ["points", "user_id"])
    # The defaults stay: the former version goes on adding rows while this one begins.
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("level", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("is_listed", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("post_flags") as batch:
        batch.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("posts") as batch:
        batch.add_column(sa.Column("unsettled_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_posts_accepted_at"), "posts", ["accepted_at"])
    op.create_index(op.f("ix_post_votes_voted_at"), "post_votes", ["voted_at"])


def downgrade():
    op.drop_index(op.f("ix_post_votes_voted_at"), table_name="post_votes")
    op.drop_index(op.f("ix_posts_accepted_at"), table_name="posts")
    for table, names in (
        ("posts", ["unsettled_at"]),
        ("post_flags", ["weight"]),
        ("users", ["is_listed", "level"]),
    ):
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)
    op.drop_index("ix_reputations_points_user_id", table_name="reputations")
    op.drop_table("reputations")
