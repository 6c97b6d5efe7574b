"""`make bench-search`: how well and how fast search answers, on real test sets, as a table."""

import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench import slips, suggestions
from portal.search.embedding import BUNDLED, make_embedder
from portal.search.engine import IndexedDocument, Query
from portal.search.evaluation import TestSet, evaluate, load, measure, percentile
from portal.search.parsing import parse
from portal.search.whoosh_engine import WhooshEngine

SETS: Final = Path(__file__).parents[2] / "shared/data/search"
SIZES: Final = (10_000, 100_000)
ASKED: Final = 600
SEEDS: Final = 3
SENTENCE: Final = re.compile(r"(?<=[。.?!])\s*|\n")
SENTENCES: Final = 5
SHORTEST: Final = 20


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a set has to reach, and what would be good; `slip` is how people mistype its language."""

    name: str
    figure: str
    floor: float
    aim: float
    slip: slips.Slip


GOALS: Final = (
    Goal(name="lohja", figure="ndcg@10", floor=0.60, aim=0.68, slip=slips.japanese),
    Goal(name="lohen", figure="ndcg@10", floor=0.63, aim=0.70, slip=slips.english),
    Goal(name="jsquad", figure="mrr@10", floor=0.93, aim=0.95, slip=slips.japanese),
    Goal(name="banking77", figure="mrr@10", floor=0.87, aim=0.90, slip=slips.english),
)
KEPT: Final = {"en": (0.97, 0.99), "ja": (0.80, 0.95)}
"""The share of MRR that questions with a slip have to keep, and what would be good."""

MILLISECONDS: Final = {10_000: (15, 5), 100_000: (60, 15)}
"""Processor time of a query, p95, at a number of documents: at most, and what would be good."""

LOST_BY_MEANING: Final = 0.005
"""How much meaning may take from words alone, at most."""

WALL_MILLISECONDS: Final = (150, 50)
"""Time of a query by meaning too, p95, at ten thousand documents: at most, and what would be good."""


SUGGESTED_MILLISECONDS: Final = (50,)
"""Time of a request for suggestions, p95, at ten thousand documents and fifty thousand remembered queries."""


def main() -> None:
    """Print quality, then slips, then speed; then by meaning too, whose vectors take a quarter of an hour."""
    if not SETS.is_dir():
        say(f"skipped: the test sets are not in {SETS}")
        return
    sets = {goal.name: load(SETS / goal.name) for goal in GOALS}
    say(f"{'':28}{'figure':>10}{'reached':>10}{'floor':>8}{'aim':>8}")
    kept: dict[str, list[tuple[float, float]]] = {"en": [], "ja": []}
    by_words = {}
    for goal in GOALS:
        language = "ja" if goal.slip is slips.japanese else "en"
        by_words[goal.name], pair = quality(goal, sets[goal.name])
        kept[language].append(pair)
    for language, pairs in kept.items():
        share = sum(slipped for _, slipped in pairs) / sum(clean for clean, _ in pairs)
        row(f"MRR kept with a slip, {language}", "share", share, KEPT[language])
    texts = questions(sets.values())
    for size in SIZES:
        speed(size, sets, texts)
    suggested(sets)
    meaning(by_words)


def meaning(by_words: Mapping[str, float]) -> None:
    """Print how well and how fast sets are answered by meaning too; the largest holds 10,000 documents."""
    embedder = make_embedder(BUNDLED)
    if embedder is None:
        say("by meaning: skipped, as the extra `semantic` is not installed")
        return
    for goal in GOALS:
        found = evaluate(SETS / goal.name, embedder=embedder).as_dict()
        words = by_words[goal.name]
        row(f"{goal.name}, by meaning too", goal.figure, found[goal.figure], (words - LOST_BY_MEANING, words))
        name = f"{found['documents']:,} documents, by meaning"
        row(name, "p50 ms", found["ms_p50"], None)
        row(name, "p95 ms", found["ms_p95"], WALL_MILLISECONDS)


def quality(goal: Goal, test_set: TestSet) -> tuple[float, tuple[float, float]]:
    """Print how well a set is answered; return that, and the sums of MRR without and with slips."""
    with tempfile.TemporaryDirectory() as scratch:
        engine = WhooshEngine(Path(scratch))
        engine.rebuild(test_set.documents)
        reached = measure(engine, test_set).as_dict()[goal.figure]
        row(goal.name, goal.figure, reached, (goal.floor, goal.aim))
        clean = slipped = 0.0
        for seed in range(SEEDS):
            texts = dict(mistyped(test_set, goal.slip, seed))
            judged = {query: test_set.judgements[query] for query in texts}
            clean += measure(engine, replace(test_set, judgements=judged)).mrr * len(texts)
            slipped += measure(engine, replace(test_set, judgements=judged, texts=texts)).mrr * len(texts)
    row(f"{goal.name}, with a slip", "mrr kept", slipped / clean, None)
    return reached, (clean, slipped)


def mistyped(test_set: TestSet, slip: slips.Slip, seed: int) -> Iterator[tuple[str, str]]:
    """Yield the questions of a set with a slip each, but for those in which none can be made."""
    chance = random.Random(seed)  # noqa: S311  # No secret.
    for query in test_set.judgements:
        if text := slips.slipped(test_set.texts[query], slip, chance):
            yield query, text


def questions(sets: Iterable[TestSet]) -> Sequence[str]:
    """Return questions from all sets in turn."""
    texts = [text for one in sets for text in list(one.texts.values())[: ASKED // len(GOALS)]]
    random.Random(1).shuffle(texts)  # noqa: S311  # No secret.
    return texts


def speed(size: int, sets: Mapping[str, TestSet], texts: Sequence[str]) -> None:
    """Print the processor time of queries that were never asked before, and of the same once more."""
    with tempfile.TemporaryDirectory() as scratch:
        engine = WhooshEngine(Path(scratch))
        started = time.process_time()
        engine.rebuild(recombined(size, sets))
        rebuilt = time.process_time() - started
        engine.search(Query(text="", audience=None))
        for name in ("new", "again"):
            spent = sorted(milliseconds(engine, text) for text in texts)
            row(f"{size:,} documents, {name}", "p50 ms", percentile(spent, 50), None)
            row(f"{size:,} documents, {name}", "p95 ms", percentile(spent, 95), MILLISECONDS[size])
        bytes_ = sum(path.stat().st_size for path in Path(scratch).rglob("*") if path.is_file())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    say(
        f"{size:,} documents: {rebuilt:.0f} s of processor to index, {bytes_ / 1e6:.0f} MB; "
        f"at most {memory:.0f} MB in memory"
    )


def suggested(sets: Mapping[str, TestSet]) -> None:
    """Print the time of suggestions while typing, whole requests with titles and remembered queries."""
    spent = suggestions.milliseconds(list(recombined(SIZES[0], sets)))
    name = f"suggestions, {SIZES[0]:,} documents"
    row(name, "p50 ms", percentile(spent, 50), None)
    row(name, "p95 ms", percentile(spent, 95), SUGGESTED_MILLISECONDS)


def milliseconds(engine: WhooshEngine, text: str) -> float:
    """Return the processor time of one query as a visitor asks it."""
    started = time.process_time()
    engine.search(parse(text).applied_to(Query(text="", audience=frozenset({"public"}), limit=10)))
    return (time.process_time() - started) * 1000


def recombined(size: int, sets: Mapping[str, TestSet]) -> Iterator[IndexedDocument]:
    """Yield documents made of two titles and five sentences of real ones, English and Japanese in turn."""
    chance = random.Random(1)  # noqa: S311  # No secret.
    pools = [pool(sets["lohen"], sets["banking77"]), pool(sets["lohja"], sets["jsquad"])]
    for number in range(size):
        titles, sentences = pools[number % 2]
        yield IndexedDocument(
            key=f"topic:{number}",
            group=f"topic:{number}",
            kind="topic",
            language=("en", "ja")[number % 2],
            title=f"{chance.choice(titles)} {chance.choice(titles)}"[:120],
            body="\n".join(chance.choices(sentences, k=SENTENCES)),
            audience=frozenset({"public"}),
        )


def pool(*sets: TestSet) -> tuple[Sequence[str], Sequence[str]]:
    """Return the titles of sets, and the sentences that are long enough to say something."""
    documents = [document for one in sets for document in one.documents]
    sentences = [part.strip() for document in documents for part in SENTENCE.split(document.body)]
    return [document.title for document in documents], [part for part in sentences if len(part) > SHORTEST]


def row(name: str, figure: str, reached: float, goal: tuple[float, ...] | None) -> None:
    """Print one figure with the floor and the aim, if there are any."""
    goals = "".join(f"{value:8.4g}" for value in goal or ())
    say(f"{name:28}{figure:>10}{reached:10.4g}{goals}")


def say(line: str) -> None:
    """Print a line at once: the whole takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
