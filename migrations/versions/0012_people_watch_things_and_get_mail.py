"""People watch things, choose how they hear of them, and get mail."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DELIVERY = sa.String(length=40)


def _user_id(table, **kwargs):
    return (
        sa.Column("user_id", sa.Integer(), **kwargs),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
        ),
    )


def upgrade():
    op.create_table(
        "watches",
        sa.Column("id", sa.Integer(), nullable=False),
        *_user_id("watches", nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("delivery", DELIVERY, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("user_id", "subject", name=op.f("uq_watches_user_id_subject")),
    )
    op.create_index("ix_watches_subject", "watches", ["subject"])
    op.create_table(
        "notice_settings",
        *_user_id("notice_settings", autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("delivery", DELIVERY, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notice_settings")),
    )
    op.create_table(
        "watch_habits",
        *_user_id("watch_habits", autoincrement=False, nullable=False),
        sa.Column("watches_own", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_watch_habits")),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        *_user_id("mails", nullable=True),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("thread", sa.String(length=120), nullable=True),
        sa.Column("letter", sa.JSON(), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_mails_key")),
    )
    op.create_index(op.f("ix_mails_user_id"), "mails", ["user_id"])
    op.create_index(op.f("ix_mails_due_at"), "mails", ["due_at"])
    op.create_index("ix_mails_state_id", "mails", ["state", "id"])
    op.create_table(
        "mail_addresses",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_mail_addresses")),
    )
    op.create_index(op.f("ix_mail_addresses_paused_at"), "mail_addresses", ["paused_at"])
    _widen_notices()
    # Whoever has asked something goes on hearing of the replies.
    op.execute(
        "INSERT INTO watches (user_id, subject, created_at) "
        "SELECT author_id, 'topic:' || CAST(topics.id AS VARCHAR(20)), topics.created_at "
        "FROM topics JOIN users ON users.id = topics.author_id WHERE users.email IS NOT NULL"
    )


def _widen_notices():
    with op.batch_alter_table("notices") as batch:
        batch.add_column(sa.Column("subject", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("thread", sa.String(length=120), nullable=True))
        batch.add_column(sa.Column("place", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("watch", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("delivery", DELIVERY, nullable=True))
        batch.add_column(sa.Column("mailed_at", UtcDateTime(), nullable=True))
        batch.drop_index("ix_notices_user_id_read_at")
    op.execute("UPDATE notices SET thread = cause, delivery = 'inbox'")
    with op.batch_alter_table("notices") as batch:
        batch.alter_column("thread", existing_type=sa.String(length=120), nullable=False)
        batch.alter_column("delivery", existing_type=DELIVERY, nullable=False)
    op.create_index("ix_notices_user_id_id", "notices", ["user_id", "id"])
    unread, waits = sa.text("read_at IS NULL"), sa.text("read_at IS NULL AND mailed_at IS NULL")
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["user_id", "thread"],
        sqlite_where=unread,
        postgresql_where=unread,
    )
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["delivery", "user_id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )


def downgrade():
    for name in ("ix_notices_waiting", "ix_notices_unread", "ix_notices_user_id_id"):
        op.drop_index(name, table_name="notices")
    with op.batch_alter_table("notices") as batch:
        for name in ("mailed_at", "delivery", "watch", "place", "thread", "subject"):
            batch.drop_column(name)
        batch.create_index("ix_notices_user_id_read_at", ["user_id", "read_at"])
    for name in ("mail_addresses", "mails", "watch_habits", "notice_settings", "watches"):
        op.drop_table(name)
