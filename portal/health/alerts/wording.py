"""Alerts in words, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from portal.health.alerts.models import AccountAlert, AlertRule
from portal.notifications.wording import sentence

RULES: Final[Mapping[AlertRule, object]] = {
    AlertRule.FELL: _l("Falling fast"),
    AlertRule.AT_RISK: _l("Now at risk"),
    AlertRule.LEFT_HEALTHY: _l("Not healthy any more"),
    AlertRule.SILENT: _l("Silent"),
    AlertRule.RENEWAL_AT_RISK: _l("Renewal at risk"),
    AlertRule.OVERRIDE_ENDS: _l("Judgement ends"),
}


def called(rule: AlertRule) -> object:
    """Say what a rule is called."""
    return RULES[rule]


def reason(alert: AccountAlert) -> str:
    """Say why somebody should look at the account."""
    return sentence(f"alert_{alert.rule}", {**alert.facts, "title": alert.account.name})
