"""Tasks in words, in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import format_date
from flask_babel import gettext as _

from portal.health.tasks.models import AccountTask, TaskKind

TITLES: Final[Mapping[TaskKind, Callable[[AccountTask], str]]] = {
    TaskKind.RENEWAL: lambda task: _(
        "%(account)s renews on %(day)s with open goals",
        account=task.account.name,
        day=format_date(task.due_on, "medium"),
    ),
}


def title(task: AccountTask) -> str:
    """Say what there is to do."""
    return TITLES[task.kind](task)
