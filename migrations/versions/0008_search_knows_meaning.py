"""Search documents have vectors of their meaning."""

import sqlalchemy as sa
from alembic import op

from portal.core.orm import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "search_vectors",
        sa.Column("document_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("lead", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["search_documents.id"],
            name=op.f("fk_search_vectors_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_search_vectors")),
    )
    op.create_index(op.f("ix_search_vectors_revision"), "search_vectors", ["revision"])
    with op.batch_alter_table("search_documents") as batch:
        batch.add_column(sa.Column("vector_due", UtcDateTime(), nullable=True))
        batch.create_index("ix_search_documents_vector_due", ["vector_due"])


def downgrade():
    with op.batch_alter_table("search_documents") as batch:
        batch.drop_index("ix_search_documents_vector_due")
        batch.drop_column("vector_due")
    op.drop_index(op.f("ix_search_vectors_revision"), table_name="search_vectors")
    op.drop_table("search_vectors")
