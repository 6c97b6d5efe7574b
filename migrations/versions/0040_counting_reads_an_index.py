"""Counting the ledger reads an index alone."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_COLUMNS = ["account_id", "kind", "day", "person", "left_out_as"]


def upgrade():
    op.create_index("ix_signals_counted", "signals", _COLUMNS)
    op.drop_index("ix_signals_account_id_kind_day", "signals")


def downgrade():
    op.create_index("ix_signals_account_id_kind_day", "signals", _COLUMNS[:3])
    op.drop_index("ix_signals_counted", "signals")
