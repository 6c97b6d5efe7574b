"""Requests of one test share its application context; each finds out anew who asks and in which language."""

from collections.abc import Iterator

import pytest
from flask import Flask, g, request_tearing_down


@pytest.fixture(autouse=True)
def _forget_the_last_request(app: Flask) -> Iterator[None]:
    def forget(_sender: Flask, **_: object) -> None:
        for name in list(g):
            g.pop(name)

    with request_tearing_down.connected_to(forget, app):
        yield
