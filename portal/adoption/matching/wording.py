"""Problems with names, in words."""

import json
from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.adoption.matching.models import Problem, SignalAlias

PROBLEMS: Final = {
    Problem.ACCOUNT: _l("Unknown account"),
    Problem.PERSON: _l("Unknown person"),
    Problem.ELSEWHERE: _l("Person of another account"),
}


def meaning(alias: SignalAlias) -> str:
    """Say what a name means; its account and person have to be loaded."""
    if alias.user:
        return str(_("The person %(name)s", name=alias.user.name))
    if alias.account:
        return str(_("The account %(name)s", name=alias.account.name))
    return str(_("Set aside: %(reason)s", reason=alias.reason))


def data_line(data: Mapping[str, Any]) -> str:
    """Return the data of a fact on one line; empty if there are none."""
    return json.dumps(data, ensure_ascii=False) if data else ""
