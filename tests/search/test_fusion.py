from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.engine import Hit, Part
from portal.search.fusion import fused, is_sentence, share_of_meaning

NAMES = [f"article:{number}" for number in range(12)]


def hits(scores: dict[str, float]) -> list[Hit]:
    return [Hit(key=f"{group}:en", group=group, score=score) for group, score in scores.items()]


words_found = st.dictionaries(st.sampled_from(NAMES), st.floats(0.1, 30))
meaning_found = st.dictionaries(st.sampled_from(NAMES), st.floats(-1, 1))


@pytest.mark.parametrize(
    "text",
    [
        "How can I top up with cash?",
        "I was charged twice and want my money back",
        "請求書を再発行したい",
        "パスワードを忘れました。",
        "解約は?",
    ],
)
def test_a_question_is_a_sentence(text: str) -> None:
    assert is_sentence(text)
    assert share_of_meaning(text) == 0.4


@pytest.mark.parametrize(
    "text", ["tables views", "x-api-key", "export invoices csv", "非表示 行", "請求書 再発行", "", "SSO-401"]
)
def test_keywords_are_none(text: str) -> None:
    assert not is_sentence(text)
    assert share_of_meaning(text) == 0.15


@given(words_found, meaning_found, st.floats(0, 1))
def test_every_group_is_found_once_with_a_score_within_bounds(
    words: dict[str, float], meaning: dict[str, float], share: float
) -> None:
    found = fused([*hits(words), *hits(words)], meaning, share=share)

    assert sorted(hit.group for hit in found) == sorted(words)
    assert all(0 <= hit.score <= 1.000001 for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert all(hit.cosine == meaning.get(hit.group) for hit in found)


@given(words_found, meaning_found)
def test_without_meaning_the_order_is_that_of_words(
    words: dict[str, float], meaning: dict[str, float]
) -> None:
    expected = [hit.group for hit in sorted(hits(words), key=lambda hit: (-hit.score, hit.key))]

    assert [hit.group for hit in fused(hits(words), {}, share=0.65)] == expected
    assert [hit.group for hit in fused(hits(words), meaning, share=0)] == expected


@given(words_found, meaning_found, st.floats(0, 1))
def test_the_parts_add_up_to_the_score(
    words: dict[str, float], meaning: dict[str, float], share: float
) -> None:
    parted = [
        replace(hit, parts=(Part("title", hit.score / 4), Part("body", hit.score * 3 / 4)))
        for hit in hits(words)
    ]
    for hit in fused(parted, meaning, share=share):
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score)


def test_what_is_nearest_by_meaning_can_lead() -> None:
    found = fused(
        hits({"article:1": 9.0, "article:2": 3.0, "article:3": 0.0}),
        {"article:1": 0.80, "article:3": 0.92},
        share=0.65,
    )

    assert [hit.group for hit in found] == ["article:3", "article:1", "article:2"]
    assert found[0].score == pytest.approx(0.65)
    assert found[1].score == pytest.approx(0.35)


def test_what_only_meaning_found_is_ranked_by_it() -> None:
    found = fused(hits({"article:1": 0.0, "article:2": 0.0}), {"article:1": 0.8, "article:2": 0.9}, share=0.4)

    assert [(hit.group, hit.score) for hit in found] == [
        ("article:2", pytest.approx(0.4)),
        ("article:1", 0.0),
    ]
