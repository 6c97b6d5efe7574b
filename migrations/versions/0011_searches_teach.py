"""Searches teach: remembered queries, proposed synonyms; signals of crawlers and staff are marked."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("signals", sa.Column("left_out_as", sa.String(length=10), nullable=True))
    op.create_table(
        "remembered_queries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "folded",
            sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remembered_queries")),
        sa.UniqueConstraint("folded", name=op.f("uq_remembered_queries_folded")),
    )
    op.create_table(
        "remembered_accounts",
        sa.Column("query_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["query_id"],
            ["remembered_queries.id"],
            name=op.f("fk_remembered_accounts_query_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_remembered_accounts_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("query_id", "account_id", name=op.f("pk_remembered_accounts")),
    )
    op.create_index(op.f("ix_remembered_accounts_account_id"), "remembered_accounts", ["account_id"])
    op.create_table(
        "remembered_pages",
        sa.Column("query_id", sa.Integer(), nullable=False),
        sa.Column("group_key", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["query_id"],
            ["remembered_queries.id"],
            name=op.f("fk_remembered_pages_query_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("query_id", "group_key", name=op.f("pk_remembered_pages")),
    )
    op.create_table(
        "synonym_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("words", sa.String(length=80), nullable=False),
        sa.Column("means", sa.String(length=80), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Double(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["users.id"],
            name=op.f("fk_synonym_proposals_decided_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_proposals")),
        sa.UniqueConstraint("key", name=op.f("uq_synonym_proposals_key")),
    )
    op.create_index(
        "ix_synonym_proposals_is_accepted_evidence", "synonym_proposals", ["is_accepted", "evidence"]
    )


def downgrade():
    op.drop_table("synonym_proposals")
    op.drop_table("remembered_pages")
    op.drop_table("remembered_accounts")
    op.drop_table("remembered_queries")
    with op.batch_alter_table("signals") as batch:
        batch.drop_column("left_out_as")
