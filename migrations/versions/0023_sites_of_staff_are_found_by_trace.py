"""Posts of staff leave traces too: the sites to which they lead are found by these."""

import sqlalchemy as sa
from alembic import op

from portal.forum import spam

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

USERS = sa.table("users", sa.column("id"), sa.column("role"))
POSTS = sa.table("posts", sa.column("id"), sa.column("author_id"), sa.column("body"))
TRACES = sa.table("post_traces", sa.column("post_id"), sa.column("trace"))


def upgrade():
    has_traces = sa.exists().where(TRACES.c.post_id == POSTS.c.id)
    untraced = (
        sa.select(POSTS.c.id, POSTS.c.body)
        .join(USERS, USERS.c.id == POSTS.c.author_id)
        .where(USERS.c.role.in_(("staff", "admin")), POSTS.c.body.contains("://"), ~has_traces)
    )
    for post_id, body in op.get_bind().execute(untraced).all():
        rows = [{"post_id": post_id, "trace": trace} for trace in sorted(spam.site_traces(body))]
        op.bulk_insert(TRACES, rows)


def downgrade():
    """Keep them: the former version has no use for them, and takes no harm."""
