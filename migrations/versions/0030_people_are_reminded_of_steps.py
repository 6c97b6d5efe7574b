"""People are reminded of the steps at which their onboarding waits, and may ask others about them."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "nudges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["checklist_id"], ["checklists.id"], name=op.f("fk_nudges_checklist_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["checklist_steps.id"], name=op.f("fk_nudges_step_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_nudges_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["users.id"], name=op.f("fk_nudges_sender_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudges")),
    )
    op.create_index(op.f("ix_nudges_checklist_id"), "nudges", ["checklist_id"])
    op.create_index(op.f("ix_nudges_step_id"), "nudges", ["step_id"])
    op.create_index("ix_nudges_user_id_sent_at", "nudges", ["user_id", "sent_at"])
    op.create_index("ix_nudges_state_made_at", "nudges", ["state", "made_at"])
    op.create_table(
        "nudge_templates",
        sa.Column("place", sa.String(80), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_nudge_templates")),
    )
    op.create_table(
        "peer_settings",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("may_be_asked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_peer_settings_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_peer_settings")),
    )
    op.add_column("topics", sa.Column("about", sa.String(80), nullable=False, server_default=""))


def downgrade():
    op.drop_column("topics", "about")
    op.drop_table("peer_settings")
    op.drop_table("nudge_templates")
    op.drop_table("nudges")
