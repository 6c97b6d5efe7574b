"""What goes in and out, as types: they check what is sent, and describe it in the document."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from portal.accounts.forms import LARGEST_NUMBER
from portal.accounts.models import PLANS, Account, AccountStatus, TouchTier
from portal.adoption.kinds import KINDS, can_be_told
from portal.adoption.reports import LONGEST_KEY
from portal.core.clock import site_day, utc_now
from portal.core.texts import is_written
from portal.health.model import Band

E4: Final = 10_000
TOLD_KINDS: Final[list[JsonValue]] = [*sorted(filter(can_be_told, KINDS))]
PRODUCT_KIND: Final = r"^product\.[a-z][a-z0-9_]*$"


class Sent(BaseModel):
    """What a program sends: nothing is guessed, and nothing unknown is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _AnswerConfig(ConfigDict, total=False):
    """What openapi-pydantic looks for beside pydantic's own settings: whether a field is always there."""

    json_schema_mode: str


class Answer(BaseModel):
    """What is answered: every field is always there."""

    model_config = _AnswerConfig(extra="forbid", from_attributes=True, json_schema_mode="serialization")


class Problem(Answer):
    """What went wrong, as RFC 9457 says it."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Unauthorized"])
    status: int = Field(examples=[401])
    detail: str | None = Field(None, description="What happened and what to do, in English.")
    errors: "list[FieldError] | None" = Field(None, description="Which fields cannot be used.")


class FieldError(Answer):
    """One field that cannot be used."""

    field: str
    reason: str


class SignalItem(Sent):
    """One fact. `account`, `user` or both are needed; without an account it belongs to the user's."""

    key: str = Field(
        min_length=1,
        max_length=LONGEST_KEY,
        description="Your own name for the fact, never used again: telling it twice changes nothing.",
        examples=["login-2026-11-22-4711"],
    )
    kind: str = Field(
        description="What happened.",
        examples=["feature.used"],
        json_schema_extra={
            "anyOf": [{"enum": TOLD_KINDS}, {"type": "string", "pattern": PRODUCT_KIND, "maxLength": 60}]
        },
    )
    occurred_at: AwareDatetime = Field(
        description="When, in ISO 8601 with the offset from UTC; since 2000, and not in the future.",
        examples=["2026-11-22T09:00:00Z"],
    )
    account: str | None = Field(
        None, max_length=LONGEST_KEY, description="The account's external id.", examples=["acme"]
    )
    user: str | None = Field(
        None,
        max_length=LONGEST_KEY,
        description="The person's e-mail address.",
        examples=["kim@acme.example"],
    )
    data: dict[str, Any] = Field(
        default_factory=dict, description="What else is known.", examples=[{"feature": "routes"}]
    )


class CorrectionItem(Sent):
    """A fact told before that does not hold. It is no news, and counts nowhere any more."""

    key: str = Field(
        min_length=1,
        max_length=LONGEST_KEY,
        description="Your own name for the correction, never used again.",
        examples=["login-2026-11-22-4711-taken-back"],
    )
    voids: str = Field(
        min_length=1,
        max_length=LONGEST_KEY,
        description="The key of the fact that you told.",
        examples=["login-2026-11-22-4711"],
    )
    reason: str = Field(
        min_length=1, max_length=LONGEST_KEY, description="Why, in your words.", examples=["a test run"]
    )


class Signals(Sent):
    """Up to 1,000 facts, each of which is taken or refused by itself."""

    signals: list[SignalItem | CorrectionItem] = Field(max_length=1000)


def _rejections(pairs: Iterable[object]) -> list[object]:
    return [{"index": pair[0], "reason": pair[1]} if isinstance(pair, tuple) else pair for pair in pairs]


class Rejection(Answer):
    """A fact that was not taken."""

    index: int = Field(description="Its place in the list that was sent, counted from 0.")
    reason: str = Field(description="Why, in English.")


class SignalsAnswer(Answer):
    """What became of the facts."""

    accepted: int = Field(description="How many are new, and kept for good.")
    duplicate: int = Field(description="How many were there already, and stay as they were.")
    unmatched: int = Field(
        description="How many are kept, and wait until somebody is known by their account or address."
    )
    rejected: Annotated[list[Rejection], BeforeValidator(_rejections)]


def _written(text: str) -> str:
    if not text.strip() or not is_written(text):
        raise ValueError("has to be a text that can be printed")
    return text.strip()


class AccountChange(Sent):
    """What is known of an account. What is left out stays as it is, or gets its default in a new one."""

    name: Annotated[str, AfterValidator(_written)] = Field(
        default_factory=str,
        min_length=1,
        max_length=200,
        description="Needed for a new account.",
        examples=["Acme Foods"],
    )
    plan: str = Field("starter", json_schema_extra={"enum": [*PLANS]})
    seats: int = Field(5, ge=1, le=LARGEST_NUMBER)
    touch_tier: TouchTier = Field(TouchTier.TECH, description="How much human attention it gets.")
    status: AccountStatus = AccountStatus.ACTIVE
    started_on: date = Field(
        default_factory=lambda: site_day(utc_now()), description="Today for a new account that does not say."
    )
    renews_on: date | None = None
    churned_on: date | None = Field(None, description="Needed with the status churned, and only then.")
    monthly_revenue: int = Field(0, ge=0, le=LARGEST_NUMBER, description="In the site's currency.")
    country: str = Field("JP", pattern="^[A-Z]{2}$", description="Whose holidays are no working days.")
    manager: Annotated[str, AfterValidator(_written)] | None = Field(
        None, description="The e-mail address of someone of your staff.", examples=["sam@vendor.example"]
    )


class AccountAnswer(Answer):
    """An account."""

    external_id: str = Field(examples=["acme"])
    name: str
    plan: str = Field(json_schema_extra={"enum": [*PLANS]})
    seats: int
    touch_tier: TouchTier
    status: AccountStatus
    started_on: date
    renews_on: date | None
    churned_on: date | None
    monthly_revenue: int
    country: str
    manager: str | None = Field(description="The e-mail address of who keeps it; null for nobody.")

    @classmethod
    def of(cls, account: Account) -> Self:
        """Describe an account whose manager is loaded."""
        names = cls.model_fields.keys() - {"manager"}
        values = {name: getattr(account, name) for name in names}
        return cls(**values, manager=account.manager.email if account.manager else None)


class Accounts(Answer):
    """Some accounts, the oldest first."""

    accounts: list[AccountAnswer]
    next_cursor: str | None = Field(description="Leads to the next ones; null after the last.")


def _points(number_e4: int) -> float:
    return number_e4 / E4


Points = Annotated[
    float,
    BeforeValidator(_points),
    Field(description="Points of 100, with at most four decimals."),
]
Unit = Annotated[
    float, BeforeValidator(_points), Field(description="From 0 to 1, with at most four decimals.")
]


def _maybe(number_e4: int | None) -> float | None:
    return None if number_e4 is None else number_e4 / E4


class FeatureAnswer(Answer):
    """What one feature gave."""

    name: str
    raw: float | None = Field(description="The number before it is put on a scale; null without evidence.")
    value: Annotated[float | None, BeforeValidator(_maybe)] = Field(
        validation_alias="value_e4", description="From 0 to 1; null without evidence."
    )
    contribution: Points = Field(validation_alias="contribution_e4")


class ComponentAnswer(Answer):
    """What one component gave: the sum of its features' contributions."""

    name: str
    weight: float
    value: Annotated[float | None, BeforeValidator(_maybe)] = Field(
        validation_alias="value_e4", description="From 0 to 1; null without evidence."
    )
    contribution: Points = Field(validation_alias="contribution_e4")
    features: Sequence[FeatureAnswer]


class HealthAnswer(Answer):
    """A health score, computed from the ledger: the sum of its components' contributions, as decimals."""

    account: str
    as_of: date
    model: str = Field(description="The version of the scoring model.", examples=["v1"])
    score: Annotated[float | None, BeforeValidator(_maybe)] = Field(
        validation_alias="points_e4",
        description="From 0 to 100; null without evidence, or while it was no customer.",
    )
    band: Band | None
    coverage: Unit = Field(validation_alias="coverage_e4")
    components: Sequence[ComponentAnswer]
