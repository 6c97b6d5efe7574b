"""People are asked for answers, and questions that wait too long reach staff."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "expert_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("solved_ids", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deliver_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["users.id"], name=op.f("fk_expert_invitations_invited_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_expert_invitations_topic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_expert_invitations_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_invitations")),
        sa.UniqueConstraint("topic_id", "user_id", name=op.f("uq_expert_invitations_topic_id_user_id")),
    )
    op.create_index(
        "ix_expert_invitations_user_id_deliver_at", "expert_invitations", ["user_id", "deliver_at"]
    )
    op.create_index("ix_expert_invitations_state_deliver_at", "expert_invitations", ["state", "deliver_at"])
    op.create_table(
        "expert_settings",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("takes_part", sa.Boolean(), nullable=False),
        sa.Column("most_a_week", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("rests_on_weekends", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_expert_settings_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_expert_settings")),
    )
    op.create_table(
        "question_escalations",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("escalated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_question_escalations_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_question_escalations")),
    )
    unsolved = sa.text("accepted_post_id IS NULL AND removed_at IS NULL")
    op.create_index(
        "ix_topics_unsolved",
        "topics",
        ["kind", "created_at"],
        sqlite_where=unsolved,
        postgresql_where=unsolved,
    )


def downgrade():
    op.drop_index("ix_topics_unsolved", table_name="topics")
    op.drop_table("question_escalations")
    op.drop_table("expert_settings")
    op.drop_table("expert_invitations")
