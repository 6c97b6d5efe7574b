"""What is erased, and what is taken back, goes on in steps."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("taken_back_at IS NULL")


def upgrade():
    with op.batch_alter_table("signal_erasures") as table:
        table.add_column(sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE signal_erasures SET finished_at = erased_at")
    with op.batch_alter_table("signal_aliases") as table:
        table.add_column(sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint(op.f("uq_signal_aliases_problem_name"), type_="unique")
    op.create_index(
        "ix_signal_aliases_in_force",
        "signal_aliases",
        ["problem", "name"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade():
    op.drop_index("ix_signal_aliases_in_force", "signal_aliases")
    with op.batch_alter_table("signal_aliases") as table:
        table.create_unique_constraint(op.f("uq_signal_aliases_problem_name"), ["problem", "name"])
        table.drop_column("taken_back_at")
    with op.batch_alter_table("signal_erasures") as table:
        table.drop_column("finished_at")
