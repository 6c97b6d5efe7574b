"""Signals in words."""

import pytest

from portal.adoption.kinds import kind_named
from portal.adoption.models import Signal
from portal.adoption.wording import SignalLine, label_of, signal_lines
from tests.factories import NOW


@pytest.mark.parametrize(("language", "label"), [("en", "Searched"), ("ja", "検索"), ("fr", "Searched")])
def test_a_kind_is_called_by_its_name_in_the_readers_language(language: str, label: str) -> None:
    assert label_of(kind_named("search.performed"), language) == label


def test_a_line_says_what_who_and_where() -> None:
    signals = [
        Signal(kind="article.viewed", occurred_at=NOW, user_id=4, subject="article:12", data={}),
        Signal(
            kind="search.performed", occurred_at=NOW, user_id=None, data={"query": "labels", "results": 0}
        ),
        Signal(kind="product.exported", occurred_at=NOW, user_id=5, data={}),
    ]

    viewed, searched, exported = signal_lines(signals, {4: "Kim"}, "en")

    assert viewed == SignalLine(
        at=NOW, label="Opened an article", detail="", user_id=4, name="Kim", path="/help/articles/12"
    )
    assert (searched.detail, searched.name, searched.path) == ("labels", None, None)
    assert (exported.label, exported.user_id, exported.name) == ("Product: exported", 5, None)
