"""What the scopes of keys are called."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from portal.api.keys.rules import Scope

SCOPES: Final[Mapping[Scope, Any]] = {
    Scope.SIGNALS_WRITE: _l("Report signals"),
    Scope.ACCOUNTS_READ: _l("Read accounts and their health"),
    Scope.ACCOUNTS_WRITE: _l("Add and change accounts"),
    Scope.CONTENT_READ: _l("Read public articles and topics, and search them"),
}
