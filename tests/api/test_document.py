"""The description of the API: valid, whole, and true."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from sqlalchemy.orm import Session

from portal.adoption.reports import FIELDS, FIELDS_OF_CORRECTION
from portal.api.keys.rules import Scope
from portal.api.schemas import CorrectionItem, SignalItem
from tests.api.conftest import Ask, make_key, signal
from tests.factories import make_account, make_customer, make_topic
from tests.knowledge.factories import make_article

NO_KEY_NEEDED = {("get", "/openapi.json")}


@pytest.fixture
def document(client: FlaskClient) -> Any:
    return client.get("/api/v1/openapi.json").json


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield method, path and description of everything that is offered."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_the_document_is_valid(document: Any) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_address_is_in_it(app: Flask, document: Any) -> None:
    served = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served - NO_KEY_NEEDED == {(method, path) for method, path, _ in operations(document)}


def fits(document: Any, method: str, path: str, answer: Any) -> None:
    """Check an answer against what is promised of its status."""
    promised = document["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    schema = promised[answer.mimetype]["schema"] | {"components": document["components"]}
    OAS31Validator(schema).validate(answer.json)


def sample(method: str, path: str) -> dict[str, Any]:
    """Return what to send."""
    if method == "post":
        return {"json": {"signals": [signal("a"), signal("b", kind="nothing.known")]}}
    if method == "put":
        return {"json": {"name": "Acme", "manager": None}}
    return {"query_string": {"q": "invoice"}} if path == "/search" else {}


def test_real_answers_are_as_promised(
    ask: Ask, session: Session, document: Any, work: Callable[[], None]
) -> None:
    make_account(session, external_id="acme")
    make_article(session, "Print the invoice")
    make_topic(session, author=make_customer(session), title="Where is the invoice?")
    work()
    for method, path, _ in operations(document):
        address = path.replace("{external_id}", "acme")
        fits(document, method, path, answer := ask(method.upper(), address, **sample(method, path)))
        assert answer.status_code == 200, path
    fits(document, "put", "/accounts/{external_id}", ask("PUT", "/accounts/new", json={"name": "New"}))


def test_real_problems_are_as_promised(ask: Ask, session: Session, document: Any) -> None:
    for method, path, operation in operations(document):
        address = path.replace("{external_id}", "nobody")
        fits(document, method, path, ask(method.upper(), address, key=None))
        if "404" in operation["responses"]:
            fits(document, method, path, ask(method.upper(), address))
        if "415" in operation["responses"]:
            fits(document, method, path, ask(method.upper(), address, data=b"x", content_type="text/plain"))
            fits(
                document,
                method,
                path,
                ask(method.upper(), address, data=b"x", content_type="application/json"),
            )
            fits(document, method, path, ask(method.upper(), address, json={"nothing": "known"}))
        if path == "/search":
            fits(document, method, path, ask(method.upper(), address))
        if any(parameter["name"] == "limit" for parameter in operation.get("parameters", ())):
            fits(document, method, path, ask(method.upper(), f"{address}?limit=0"))


def test_each_takes_the_scope_that_it_names(ask: Ask, session: Session, document: Any) -> None:
    for method, path, operation in operations(document):
        scope = Scope(re.findall(r"scope `([^`]+)`", operation["description"])[0])
        others = set(Scope) - {scope}
        without = make_key(
            session, *others, name="Without", source=f"without-{scope.value.replace(':', '-')}"
        )
        address = path.replace("{external_id}", "acme")
        answer = ask(method.upper(), address, key=without, **sample(method, path))
        assert answer.status_code == 403, path
        fits(document, method, path, answer)


@pytest.mark.parametrize(
    ("item", "is_taken"),
    [
        (signal("a"), True),
        (signal("a", kind="product.report_made"), True),
        (signal("a", data={"n": [1, {"m": None}]}), True),
        (signal("a", account="acme", user=None), True),
        (signal("x" * 200), True),
        (signal("x" * 201), False),
        (signal(""), False),
        (signal("a", kind="nothing.known"), False),
        (signal("a", kind="product.Report"), False),
        (signal("a", kind="signal.voided"), False),
        (signal("a", occurred_at=5), False),
        (signal("a", data=[]), False),
        (signal("a", colour="red"), False),
        ({"key": "a", "kind": "feature.used", "account": "acme"}, False),
    ],
)
def test_signals_are_taken_as_they_are_described(
    ask: Ask, session: Session, document: Any, item: Any, *, is_taken: bool
) -> None:
    make_account(session, external_id="acme")
    schema = {"$ref": "#/components/schemas/SignalItem", "components": document["components"]}
    assert OAS31Validator(schema).is_valid(item) is is_taken
    answer = ask("POST", "/signals", json={"signals": [item]}).json
    assert bool(answer["accepted"]) is is_taken


def test_every_field_of_a_signal_is_described() -> None:
    assert set(SignalItem.model_fields) == FIELDS
    assert set(CorrectionItem.model_fields) == FIELDS_OF_CORRECTION


@pytest.mark.parametrize("language", ["en", "ja"])
def test_people_read_the_same(client: FlaskClient, document: Any, language: str) -> None:
    page = client.get("/api/docs", headers={"Accept-Language": language}).text
    assert f'<html lang="{language}">' in page
    for method, path, _ in operations(document):
        assert f"{method.upper()} {path}" in page
    assert "signals[].occurred_at" in page
    assert "http://127.0.0.1:5000/api/v1" in page
