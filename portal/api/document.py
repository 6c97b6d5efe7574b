"""What the API offers, as one table, and the OpenAPI document that is made of it and of the types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from openapi_pydantic import (
    Components,
    Info,
    MediaType,
    OpenAPI,
    Operation,
    Parameter,
    PathItem,
    Reference,
    RequestBody,
    Response,
    SecurityScheme,
    Server,
)
from openapi_pydantic.util import PydanticSchema, construct_open_api_with_schema_class
from pydantic import BaseModel

from portal.api.answers import LARGEST_PAGE, PAGE_SIZE
from portal.api.content_schemas import Articles, SearchAnswer, Topics
from portal.api.gate import CALLS_A_MINUTE
from portal.api.keys.rules import Scope
from portal.api.schemas import (
    AccountAnswer,
    AccountChange,
    Accounts,
    HealthAnswer,
    Problem,
    Signals,
    SignalsAnswer,
)
from portal.web.problems import API, PROBLEM

ABOUT: Final = f"""Other systems report what customers do, keep accounts, and read their health.

Send a key with every call: `Authorization: Bearer KEY`. An admin makes one at `/staff/settings/keys/`. A key
may ask {CALLS_A_MINUTE} times a minute. Every error is `application/problem+json`. After 429, 503 and no
answer at all, send the same again: every write here is idempotent."""

PROBLEMS: Final[Mapping[int, str]] = {
    400: "The body is no JSON.",
    401: "No key, or one that opens nothing.",
    403: "The key lacks the scope.",
    404: "There is no such account.",
    409: "Someone else changed it at the same moment; send it again.",
    413: "The body has more than 4 MiB, or too many items.",
    415: "The body is no JSON, or compressed.",
    422: "What was sent cannot be used.",
    429: "Asked too often; see Retry-After.",
    503: "The database is busy; see Retry-After.",
}
ALWAYS: Final = (401, 403, 429, 503)
BODY: Final = (400, 413, 415, 422)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One thing that a program may ask: what it takes, sends and gets, and what may fail."""

    method: str
    path: str
    name: str
    summary: str
    about: str
    scope: Scope
    answers: Mapping[int, type[BaseModel]]
    sends: type[BaseModel] | None = None
    parameters: Sequence[Parameter] = field(default_factory=tuple)
    failures: Sequence[int] = ()


def _parameter(place: str, name: str, about: str, *, is_needed: bool = False, **schema: Any) -> Parameter:
    is_needed = is_needed or place == "path"
    return Parameter.model_validate(
        {"in": place, "name": name, "description": about, "required": is_needed, "schema": schema}
    )


EXTERNAL_ID: Final = _parameter(
    "path",
    "external_id",
    "The id by which your systems know the account; without a slash.",
    type="string",
    minLength=1,
    maxLength=100,
)
IDEMPOTENCY: Final = _parameter(
    "header",
    "Idempotency-Key",
    "Accepted and not needed: sending the same again changes nothing.",
    type="string",
)
AS_OF: Final = _parameter(
    "query", "as_of", "A day in the site’s time zone; today if left out.", type="string", format="date"
)
LANGUAGE: Final = _parameter("query", "language", "Only in this language, such as en or ja.", type="string")
TEXT: Final = _parameter("query", "q", "What is looked for.", is_needed=True, type="string", minLength=1)
PAGING: Final = (
    _parameter("query", "cursor", "`next_cursor` of the last answer.", type="string"),
    _parameter(
        "query",
        "limit",
        "How many at once.",
        type="integer",
        minimum=1,
        maximum=LARGEST_PAGE,
        default=PAGE_SIZE,
    ),
)

OFFERS: Final = (
    Offer(
        method="post",
        path="/signals",
        name="createSignals",
        summary="Report signals",
        about=(
            "Up to 1,000 facts at once. Each is taken or refused by itself: the good ones are kept whatever "
            "the others are. A key told before counts as a duplicate and changes nothing, so that a call "
            "without an answer can be sent again as it was."
        ),
        scope=Scope.SIGNALS_WRITE,
        sends=Signals,
        answers={200: SignalsAnswer},
        parameters=(IDEMPOTENCY,),
        failures=BODY,
    ),
    Offer(
        method="get",
        path="/accounts",
        name="listAccounts",
        summary="Read accounts",
        about="All accounts, the oldest first, a page at a time.",
        scope=Scope.ACCOUNTS_READ,
        answers={200: Accounts},
        parameters=PAGING,
        failures=(422,),
    ),
    Offer(
        method="get",
        path="/accounts/{external_id}",
        name="showAccount",
        summary="Read an account",
        about="One account.",
        scope=Scope.ACCOUNTS_READ,
        answers={200: AccountAnswer},
        parameters=(EXTERNAL_ID,),
        failures=(404,),
    ),
    Offer(
        method="put",
        path="/accounts/{external_id}",
        name="updateAccount",
        summary="Add or change an account",
        about=(
            "What is left out stays as it is, so that a billing system need not know the manager. A new "
            "account needs its name; what else is left out gets its default."
        ),
        scope=Scope.ACCOUNTS_WRITE,
        sends=AccountChange,
        answers={200: AccountAnswer, 201: AccountAnswer},
        parameters=(EXTERNAL_ID, IDEMPOTENCY),
        failures=(*BODY, 409),
    ),
    Offer(
        method="get",
        path="/accounts/{external_id}/health",
        name="showHealth",
        summary="Read an account’s health",
        about=(
            "The score as of the end of a day, computed from the ledger as it is now, with what it is made "
            "of: components add up to the score, and features to their component. The score is null without "
            "evidence, and for days on which the account was no customer."
        ),
        scope=Scope.ACCOUNTS_READ,
        answers={200: HealthAnswer},
        parameters=(EXTERNAL_ID, AS_OF),
        failures=(404, 422),
    ),
    Offer(
        method="get",
        path="/articles",
        name="listArticles",
        summary="Read articles",
        about="The articles that anyone may read, a page at a time, each of their languages by itself.",
        scope=Scope.CONTENT_READ,
        answers={200: Articles},
        parameters=(LANGUAGE, *PAGING),
        failures=(422,),
    ),
    Offer(
        method="get",
        path="/topics",
        name="listTopics",
        summary="Read topics",
        about="The topics of the community that anyone may read, a page at a time.",
        scope=Scope.CONTENT_READ,
        answers={200: Topics},
        parameters=PAGING,
        failures=(422,),
    ),
    Offer(
        method="get",
        path="/search",
        name="showResults",
        summary="Search",
        about="What a visitor would find, the best first. It counts as nobody’s search.",
        scope=Scope.CONTENT_READ,
        answers={200: SearchAnswer},
        parameters=(TEXT, LANGUAGE, PAGING[0]),
        failures=(422,),
    ),
)


@cache
def document(base_url: str, version: str) -> dict[str, Any]:
    """Return the OpenAPI document of a site."""
    paths: dict[str, PathItem] = {}
    for offer in OFFERS:
        item = paths.setdefault(offer.path, PathItem())
        setattr(item, offer.method, _operation(offer))
    scheme = SecurityScheme(type="http", scheme="bearer", description="A key, made by an admin.")
    plain = OpenAPI(
        openapi="3.1.1",
        info=Info(title="Engawa", version=version, description=ABOUT),
        servers=[Server(url=base_url.rstrip("/") + API.rstrip("/"))],
        security=[{"key": []}],
        paths=paths,
        components=Components(securitySchemes={"key": scheme}),
    )
    whole = construct_open_api_with_schema_class(plain)
    return whole.model_dump(by_alias=True, exclude_none=True, exclude_unset=True, mode="json")


def _operation(offer: Offer) -> Operation:
    answers: dict[str, Response | Reference] = {}
    for status, model in offer.answers.items():
        answers[str(status)] = _response("Done.", model)
    for status in sorted({*ALWAYS, *offer.failures}):
        answers[str(status)] = _response(PROBLEMS[status], Problem, PROBLEM)
    sends = RequestBody(required=True, content=_content(offer.sends)) if offer.sends else None
    return Operation(
        operationId=offer.name,
        summary=offer.summary,
        description=f"{offer.about} Needs the scope `{offer.scope}`.",
        parameters=list(offer.parameters) or None,
        requestBody=sends,
        responses=answers,
    )


def _response(about: str, model: type[BaseModel], kind: str = "application/json") -> Response:
    return Response(description=about, content=_content(model, kind))


def _content(model: type[BaseModel], kind: str = "application/json") -> dict[str, MediaType]:
    return {kind: MediaType(schema=PydanticSchema.model_validate({"schema_class": model}))}
