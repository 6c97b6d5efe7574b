"""Steps keep the signals that count for them, and the ledger is corrected by rows of its own."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BATCH = 500
PROVED = sa.text("proved_by IS NOT NULL")
STEPS = sa.table(
    "checklist_steps",
    sa.column("id", sa.Integer()),
    sa.column("proof", sa.JSON(none_as_null=True)),
    sa.column("proved_by", sa.JSON(none_as_null=True)),
    sa.column("completed_at", UtcDateTime()),
)
SIGNALS = sa.table(
    "signals",
    sa.column("id", sa.Integer()),
    sa.column("occurred_at", UtcDateTime()),
    sa.column("person", sa.String()),
    sa.column("subject", sa.String()),
    sa.column("kind", sa.String()),
)
TOPICS = sa.table(
    "topics",
    sa.column("id", sa.Integer()),
    sa.column("removed_at", UtcDateTime()),
    sa.column("merged_into_id", sa.Integer()),
)
POSTS = sa.table(
    "posts",
    sa.column("id", sa.Integer()),
    sa.column("topic_id", sa.Integer()),
    sa.column("removed_at", UtcDateTime()),
    sa.column("accepted_at", UtcDateTime()),
)
OUTBOX = sa.table(
    "outbox_events",
    sa.column("name", sa.String()),
    sa.column("payload", sa.JSON()),
    sa.column("recorded_at", UtcDateTime()),
    sa.column("next_attempt_at", UtcDateTime()),
    sa.column("attempts", sa.Integer()),
)


def upgrade():
    evidence = op.create_table(
        "step_evidence",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=op.f("fk_step_evidence_signal_id")),
        sa.ForeignKeyConstraint(
            ["step_id"], ["checklist_steps.id"], name=op.f("fk_step_evidence_step_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("step_id", "signal_id", name=op.f("pk_step_evidence")),
    )
    op.create_index(op.f("ix_step_evidence_signal_id"), "step_evidence", ["signal_id"])
    with op.batch_alter_table("checklist_steps") as batch:
        batch.add_column(sa.Column("reopened_because", sa.String(length=20), nullable=True))
        batch.create_index(
            "ix_checklist_steps_proved",
            ["checklist_id", "completed_at"],
            sqlite_where=PROVED,
            postgresql_where=PROVED,
        )
    with op.batch_alter_table("signals") as batch:
        batch.add_column(sa.Column("voids_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_signals_voids_id"), "signals", ["voids_id"], ["id"])
        batch.create_index(op.f("ix_signals_voids_id"), ["voids_id"], unique=True)
    keep_what_proved(op.get_bind(), evidence)
    ask_for_proof(op.get_bind())
    look_at_posts(op.get_bind())


def keep_what_proved(connection, evidence):
    """Write the signals that completed steps beside them."""
    proved = sa.select(STEPS.c.id, STEPS.c.proved_by).where(STEPS.c.proved_by.is_not(None))
    pairs = [(step_id, signal_id) for step_id, ids in connection.execute(proved) for signal_id in ids]
    for start in range(0, len(pairs), BATCH):
        part = pairs[start : start + BATCH]
        said = sa.select(SIGNALS).where(SIGNALS.c.id.in_({signal_id for _, signal_id in part}))
        signals = {row.id: row for row in connection.execute(said)}
        op.bulk_insert(
            evidence,
            [
                {
                    "step_id": step_id,
                    "signal_id": signal_id,
                    "occurred_at": signals[signal_id].occurred_at,
                    "person": signals[signal_id].person,
                    "subject": signals[signal_id].subject,
                }
                for step_id, signal_id in part
                if signal_id in signals
            ],
        )


def ask_for_proof(connection):
    """Have what counts for open steps read from the ledger once, as soon as the new version runs."""
    is_open = STEPS.c.completed_at.is_(None), STEPS.c.proof.is_not(None)
    ids = connection.scalars(sa.select(STEPS.c.id).where(*is_open).order_by(STEPS.c.id)).all()
    tell("ProofsAsked", "step_ids", ids)


def look_at_posts(connection):
    """Have the ledger corrected for posts that readers do not see, and for acceptances taken back."""
    gone = sa.select(TOPICS.c.id).where(TOPICS.c.removed_at.is_not(None), TOPICS.c.merged_into_id.is_(None))
    said = sa.exists().where(
        SIGNALS.c.kind == "answer.was_accepted",
        SIGNALS.c.subject == sa.literal("post:") + sa.cast(POSTS.c.id, sa.String()),
    )
    unseen = sa.or_(POSTS.c.removed_at.is_not(None), POSTS.c.topic_id.in_(gone))
    withdrawn = sa.and_(POSTS.c.accepted_at.is_(None), said)
    ids = connection.scalars(sa.select(POSTS.c.id).where(unseen | withdrawn).order_by(POSTS.c.id)).all()
    tell("StandingChanged", "post_ids", ids)


def tell(name, field, ids):
    """Record events about rows, for the new version to react to."""
    now = datetime.now(UTC)
    for start in range(0, len(ids), BATCH):
        event = {"name": name, "payload": {field: list(ids[start : start + BATCH])}, "attempts": 0}
        op.bulk_insert(OUTBOX, [event | {"recorded_at": now, "next_attempt_at": now}])


def downgrade():
    op.execute("DELETE FROM signals WHERE voids_id IS NOT NULL")
    with op.batch_alter_table("signals") as batch:
        batch.drop_index(op.f("ix_signals_voids_id"))
        batch.drop_constraint(op.f("fk_signals_voids_id"), type_="foreignkey")
        batch.drop_column("voids_id")
    with op.batch_alter_table("checklist_steps") as batch:
        batch.drop_index("ix_checklist_steps_proved")
        batch.drop_column("reopened_because")
    op.drop_table("step_evidence")
