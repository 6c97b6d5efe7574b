"""Success maps have versions, and steps say more: stage, instrument, owner, what they wait for."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CONTENT = (
    ("key", sa.String(40), None),
    ("stage", sa.JSON(), "{}"),
    ("instrument", sa.String(40), None),
    ("reference", sa.String(500), ""),
    ("quiz", sa.JSON(none_as_null=True), None),
    ("owner", sa.String(40), "customer"),
    ("role", sa.String(40), None),
    ("counted_from", sa.String(40), None),
    ("needs", sa.JSON(), "[]"),
    ("milestone", sa.String(40), None),
)
MAY_BE_NULL = {"instrument", "quiz", "role", "counted_from", "milestone"}


def upgrade():
    with op.batch_alter_table("success_maps") as table:
        table.add_column(sa.Column("plan", sa.String(40), nullable=False, server_default=""))
        for name in ("starting_points", "outcomes"):
            table.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "map_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("success_map_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["success_map_id"],
            ["success_maps.id"],
            name=op.f("fk_map_versions_success_map_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_versions")),
        sa.UniqueConstraint("success_map_id", "number", name=op.f("uq_map_versions_success_map_id_number")),
    )
    op.execute(
        "INSERT INTO map_versions (success_map_id, number, published_at) "
        "SELECT id, 1, CURRENT_TIMESTAMP FROM success_maps"
    )
    version_of = "SELECT map_versions.id FROM map_versions WHERE map_versions.success_map_id ="

    _add_content("map_steps", sa.Column("version_id", sa.Integer()))
    op.execute(f"UPDATE map_steps SET version_id = ({version_of} map_steps.success_map_id)")  # noqa: S608
    op.execute("UPDATE map_steps SET due_after_days = due_after_days * 5 / 7")  # Working days from now on.
    _fill_content("map_steps")
    with op.batch_alter_table("map_steps") as table:
        table.drop_constraint(op.f("fk_map_steps_success_map_id"), type_="foreignkey")
        table.drop_constraint(op.f("uq_map_steps_success_map_id_position"), type_="unique")
        table.drop_column("success_map_id")
        table.alter_column("version_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(
            op.f("fk_map_steps_version_id"), "map_versions", ["version_id"], ["id"], ondelete="CASCADE"
        )
        table.create_unique_constraint(op.f("uq_map_steps_version_id_key"), ["version_id", "key"])
    _drop_old_content("map_steps")

    with op.batch_alter_table("checklists") as table:
        table.add_column(sa.Column("version_id", sa.Integer()))
        table.add_column(sa.Column("team", sa.String(120), nullable=False, server_default=""))
    op.execute(f"UPDATE checklists SET version_id = ({version_of} checklists.success_map_id)")  # noqa: S608
    with op.batch_alter_table("checklists") as table:
        table.alter_column("version_id", existing_type=sa.Integer(), nullable=False)
        table.alter_column("team", existing_type=sa.String(120), server_default=None)
        table.create_foreign_key(op.f("fk_checklists_version_id"), "map_versions", ["version_id"], ["id"])
        table.create_index(op.f("ix_checklists_version_id"), ["version_id"])
        table.drop_constraint(op.f("uq_checklists_account_id_success_map_id"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_checklists_account_id_success_map_id_team"), ["account_id", "success_map_id", "team"]
        )

    _add_content(
        "checklist_steps",
        sa.Column("chosen_on", sa.Date()),
        sa.Column("due_after_days", sa.Integer(), nullable=False, server_default="0"),
    )
    op.execute("UPDATE checklist_steps SET chosen_on = due_on")  # The days that were promised stay.
    _fill_content("checklist_steps")
    with op.batch_alter_table("checklist_steps") as table:
        table.alter_column("due_after_days", existing_type=sa.Integer(), server_default=None)
        table.drop_constraint(op.f("uq_checklist_steps_checklist_id_position"), type_="unique")
        table.create_unique_constraint(op.f("uq_checklist_steps_checklist_id_key"), ["checklist_id", "key"])
    _drop_old_content("checklist_steps")
    with op.batch_alter_table("success_maps") as table:
        table.alter_column("plan", existing_type=sa.String(40), server_default=None)
        for name in ("starting_points", "outcomes"):
            table.alter_column(name, existing_type=sa.JSON(), server_default=None)


def _add_content(steps, *columns):
    with op.batch_alter_table(steps) as table:
        for column in columns:
            table.add_column(column)
        for name, kind, value in CONTENT:
            table.add_column(sa.Column(name, kind, server_default=value))


def _fill_content(steps):
    op.execute(f"UPDATE {steps} SET key = 's' || position")  # noqa: S608
    op.execute(
        f"UPDATE {steps} SET instrument = 'article', reference = CAST(article_id AS VARCHAR) "  # noqa: S608
        "WHERE article_id IS NOT NULL"
    )
    op.execute(f"UPDATE {steps} SET milestone = 'first_value' WHERE is_first_value")  # noqa: S608


def _drop_old_content(steps):
    with op.batch_alter_table(steps) as table:
        table.drop_column("article_id")
        table.drop_column("is_first_value")
        for name, kind, _value in CONTENT:
            table.alter_column(name, existing_type=kind, nullable=name in MAY_BE_NULL, server_default=None)


def downgrade():
    _add_old_content("checklist_steps")
    with op.batch_alter_table("checklist_steps") as table:
        table.drop_constraint(op.f("uq_checklist_steps_checklist_id_key"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_checklist_steps_checklist_id_position"), ["checklist_id", "position"]
        )
        for name in ("chosen_on", "due_after_days", *(name for name, _kind, _value in CONTENT)):
            table.drop_column(name)

    with op.batch_alter_table("checklists") as table:
        table.drop_constraint(op.f("uq_checklists_account_id_success_map_id_team"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_checklists_account_id_success_map_id"), ["account_id", "success_map_id"]
        )
        table.drop_index(op.f("ix_checklists_version_id"))
        table.drop_constraint(op.f("fk_checklists_version_id"), type_="foreignkey")
        table.drop_column("version_id")
        table.drop_column("team")

    op.execute(
        "DELETE FROM map_steps WHERE version_id NOT IN "
        "(SELECT MAX(id) FROM map_versions GROUP BY success_map_id)"
    )
    _add_old_content("map_steps", sa.Column("success_map_id", sa.Integer()))
    op.execute(
        "UPDATE map_steps SET success_map_id = "
        "(SELECT success_map_id FROM map_versions WHERE map_versions.id = map_steps.version_id)"
    )
    op.execute("UPDATE map_steps SET due_after_days = due_after_days * 7 / 5")
    with op.batch_alter_table("map_steps") as table:
        table.drop_constraint(op.f("uq_map_steps_version_id_key"), type_="unique")
        table.drop_constraint(op.f("fk_map_steps_version_id"), type_="foreignkey")
        table.drop_column("version_id")
        table.alter_column("success_map_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(
            op.f("fk_map_steps_success_map_id"),
            "success_maps",
            ["success_map_id"],
            ["id"],
            ondelete="CASCADE",
        )
        table.create_unique_constraint(
            op.f("uq_map_steps_success_map_id_position"), ["success_map_id", "position"]
        )
        for name, _kind, _value in CONTENT:
            table.drop_column(name)
    op.drop_table("map_versions")
    with op.batch_alter_table("success_maps") as table:
        for name in ("plan", "starting_points", "outcomes"):
            table.drop_column(name)


def _add_old_content(steps, *columns):
    with op.batch_alter_table(steps) as table:
        for column in columns:
            table.add_column(column)
        table.add_column(sa.Column("article_id", sa.Integer()))
        table.add_column(sa.Column("is_first_value", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        f"UPDATE {steps} SET article_id = CAST(reference AS INTEGER) WHERE instrument = 'article'"  # noqa: S608
    )
    op.execute(
        f"UPDATE {steps} SET is_first_value = (COALESCE(milestone, '') = 'first_value')"  # noqa: S608
    )
    with op.batch_alter_table(steps) as table:
        table.alter_column("is_first_value", existing_type=sa.Boolean(), server_default=None)
