import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import InvalidError
from portal.search.evaluation import evaluate, ndcg, percentile, recall, reciprocal_rank

SETS = Path(__file__).parents[2].parent / "shared" / "data" / "search"

DOCUMENTS = (
    {"id": "short", "title": "alpha", "body": "", "lang": "en"},
    {"id": "long", "title": "alpha beta gamma delta", "body": "見積もり", "lang": "ja"},
    {"id": "other", "title": "omega", "body": "", "lang": "en"},
)
QUERIES = (
    {"id": "worse first", "text": "alpha", "lang": "en"},
    {"id": "half", "text": "beta", "lang": "en"},
    {"id": "miss", "text": "gamma", "lang": "en"},
    {"id": "second", "text": "Alpha!", "lang": "ja"},
    {"id": "japanese", "text": "見積り", "lang": "ja"},
    {"id": "unjudged", "text": "omega", "lang": "en"},
    {"id": "irrelevant", "text": "omega", "lang": "en"},
)
JUDGEMENTS = """\
worse first\tlong\t2
worse first\tshort\t1
half\tlong\t1
half\tother\t1
miss\tshort\t1
second\tlong\t1
second\tshort\t0
japanese\tlong\t3

irrelevant\tother\t0
"""
"""`alpha` finds short, then long."""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "docs.jsonl").write_text("\n".join(map(json.dumps, DOCUMENTS)), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text("\n\n".join(map(json.dumps, QUERIES)), encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text(JUDGEMENTS, encoding="utf-8")
    return tmp_path


def test_figures_are_those_counted_by_hand(directory: Path) -> None:
    figures = evaluate(directory).as_dict()
    second = 1 / math.log2(3)
    assert figures.pop("ms_p50") <= figures.pop("ms_p95")
    assert figures == {
        "mrr@10": pytest.approx((1 + 1 + 0 + 1 / 2 + 1) / 5, abs=1e-4),
        "p@1": pytest.approx((1 + 1 + 0 + 0 + 1) / 5, abs=1e-4),
        "recall@10": pytest.approx((1 + 1 / 2 + 0 + 1 + 1) / 5, abs=1e-4),
        "ndcg@10": pytest.approx(
            ((1 + 2 * second) / (2 + second) + 1 / (1 + second) + 0 + second + 1) / 5, abs=1e-4
        ),
        "documents": 3,
        "queries": 5,
    }


def test_names_and_order_are_those_of_the_command(directory: Path) -> None:
    names = ["mrr@10", "p@1", "recall@10", "ndcg@10", "ms_p50", "ms_p95", "documents", "queries"]
    assert list(evaluate(directory).as_dict()) == names


def brute_force_ndcg(gains: Sequence[int], ideal: Sequence[int]) -> float:
    reached = possible = 0.0
    for place in range(10):
        discount = math.log(2) / math.log(place + 2)
        reached += gains[place] * discount if place < len(gains) else 0
        possible += ideal[place] * discount if place < len(ideal) else 0
    return reached / possible


@given(st.lists(st.integers(1, 3), min_size=1, max_size=15), st.data())
def test_measures_agree_with_brute_force(grades: list[int], data: st.DataObject) -> None:
    ideal = sorted(grades, reverse=True)
    shuffled = data.draw(st.permutations([*grades, 0, 0, 0]))
    gains = shuffled[: data.draw(st.integers(0, 10))]
    relevant = [place for place, gain in enumerate(gains) if gain >= 1]
    assert ndcg(gains, ideal) == pytest.approx(brute_force_ndcg(gains, ideal))
    assert 0 <= ndcg(gains, ideal) <= 1 + 1e-9
    assert recall(gains, ideal) == len(relevant) / len(grades)
    assert reciprocal_rank(gains) == (1 / (relevant[0] + 1) if relevant else 0)
    assert ndcg(ideal[:10], ideal) == pytest.approx(1)


@pytest.mark.parametrize(("percent", "expected"), [(1, 1), (50, 2), (75, 3), (95, 4), (100, 4)])
def test_percentiles_are_values_that_occurred(percent: int, expected: float) -> None:
    assert percentile([1, 2, 3, 4], percent) == expected
    assert percentile([7], percent) == 7


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("docs.jsonl", b'{"id": "a", "title": "", "body": "", "lang": "en"}\n{"id": ', "docs.jsonl, line 2"),
        ("docs.jsonl", b'\n{"id": "a", "title": "", "lang": "en"}', "docs.jsonl, line 2"),
        ("docs.jsonl", b'{"id": "a", "title": 5, "body": "", "lang": "en"}', "docs.jsonl, line 1"),
        ("docs.jsonl", b"[1, 2]", "docs.jsonl, line 1"),
        ("docs.jsonl", b"[" * 100_000, "docs.jsonl, line 1"),
        ("queries.jsonl", b'{"id": "q", "text": "\xff", "lang": "en"}', "queries.jsonl, line 1"),
        ("qrels.tsv", b"half\tlong\t1\nhalf\tnobody\t1", "qrels.tsv, line 2"),
        ("qrels.tsv", b"nobody\tlong\t1", "qrels.tsv, line 1"),
        ("qrels.tsv", b"half\tlong\tgood", "qrels.tsv, line 1"),
        ("qrels.tsv", b"half long 1", "qrels.tsv, line 1"),
        ("qrels.tsv", b"", "qrels.tsv"),
    ],
)
def test_bad_input_is_named_by_file_and_line(directory: Path, name: str, content: bytes, place: str) -> None:
    (directory / name).write_bytes(content)
    with pytest.raises(InvalidError, match=place):
        evaluate(directory)


@pytest.mark.parametrize("name", ["docs.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(InvalidError, match=name):
        evaluate(directory)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not SETS.is_dir(), reason="needs the retrieval sets in ../shared/data/search")
@pytest.mark.parametrize(
    ("name", "figure", "floor"),
    [
        ("lohja", "ndcg@10", 0.641),
        ("lohen", "ndcg@10", 0.658),
        ("jsquad", "mrr@10", 0.937),
        ("banking77", "mrr@10", 0.88),
    ],
)
def test_real_questions_find_their_answers(name: str, figure: str, floor: float) -> None:
    assert evaluate(SETS / name).as_dict()[figure] >= floor
