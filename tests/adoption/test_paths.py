"""Where a signal's subject can be looked at."""

from typing import Any

import pytest

from portal.adoption.models import Signal
from portal.adoption.paths import path_of_subject


@pytest.mark.parametrize(
    ("subject", "data", "path"),
    [
        ("article:12", {}, "/help/articles/12"),
        ("topic:5", {}, "/community/topics/5"),
        ("request:3", {}, "/support/requests/3"),
        ("post:7", {"topic_id": 5}, "/community/topics/5#post-7"),
        ("post:7", {}, None),
        ("step:1", {}, None),
        (None, {}, None),
    ],
)
def test_a_subject_leads_to_its_page(subject: str | None, data: dict[str, Any], path: str | None) -> None:
    assert path_of_subject(Signal(subject=subject, data=data)) == path
