"""Every route answers every kind of reader as the table says, and tells nobody what is not for them."""

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from tests.architecture.conftest import Look
from tests.architecture.matrix import ROWS, Row, rows
from tests.architecture.world import HIDDEN, READERS, World

BY_PROGRAMS = (
    "POST /unsubscribe/",  # Mail programs send this by themselves; its own address is the proof.
    "POST /api/v1/",  # Only a key opens anything here, and no browser sends one by itself.
)


def endpoint_of(app: Flask, world: World, row: Row) -> str:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(row.path(world).partition("?")[0], row.method)
    except (NotFound, MethodNotAllowed):
        pytest.fail(f"no route answers {row.request!r}: mend or remove its row in matrix.py")
    return str(endpoint)


def test_every_route_has_a_row(app: Flask, world: World) -> None:
    declared = {(endpoint_of(app, world, row), row.method) for row in ROWS}
    routes = {
        (rule.endpoint, method): rule.rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    missing = [
        f'Row("{method} {routes[endpoint, method]}", …)' for endpoint, method in routes.keys() - declared
    ]
    assert not missing, "add to matrix.py what each kind of reader gets:\n" + "\n".join(sorted(missing))


@pytest.mark.parametrize("reader", READERS)
def test_every_route_answers_as_declared(world: World, look: Look, reader: str) -> None:
    problems = []
    for row in ROWS:
        path = row.path(world)
        with look(reader).open(path, method=row.method, data=row.data(world)) as answer:
            told = answer.get_data().decode(errors="replace").replace(path, "")
        if answer.status_code != row.expected(reader):
            problems.append(f"{row.request}: {answer.status_code}, not {row.expected(reader)}")
        problems += [f"{row.request}: tells of {word}" for word in HIDDEN[reader] if word in told]
    assert not problems, "\n".join(problems)


def test_the_words_that_must_not_be_told_are_there_to_be_found(world: World, look: Look) -> None:
    page = look("staff").get("/search?q=invoice").text
    assert all(word in page for word in HIDDEN["visitor"])


def test_nothing_is_sent_without_the_token_of_a_form(
    app: Flask, world: World, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    admin = look("admin")
    accepted = [
        row.request
        for row in rows("POST")
        if not row.request.startswith(BY_PROGRAMS)
        and "another session" not in admin.post(row.path(world), data=row.data(world)).text
    ]
    assert not accepted
