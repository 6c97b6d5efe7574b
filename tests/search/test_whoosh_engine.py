import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.search import whoosh_engine
from portal.search.engine import IndexedDocument, IndexUnavailableError, Kind, Query, SearchEngine
from portal.search.whoosh_engine import WhooshEngine

PUBLIC = frozenset({"public"})
STAFF = None


def document(
    key: str,
    title: str = "",
    body: str = "",
    *,
    group: str | None = None,
    kind: Kind = "article",
    language: str = "en",
    audience: frozenset[str] = PUBLIC,
    **more: object,
) -> IndexedDocument:
    return IndexedDocument(
        key=key,
        group=group or key,
        kind=kind,
        language=language,
        title=title,
        body=body,
        audience=audience,
        **more,  # type: ignore[arg-type]  # Fields.
    )


PAGES = (
    document("article:1:en", "Cancel an invoice", "Open the invoice and choose Cancel."),
    document("article:2:en", "Import products", "Upload products.csv; error IMP-204 means a bad row."),
    document("article:2:ja", "商品を取り込む", "CSVファイルを選びます。", language="ja"),
    document("topic:5", "Invoice shows the wrong tax", "It says 8 %.", kind="topic"),
    document(
        "post:51", "", "Cancel it and make the invoice anew; invoice, invoice.", group="topic:5", kind="topic"
    ),
)


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(PAGES)
    return engine


def keys(engine: SearchEngine, text: str, **filters: object) -> list[str]:
    query = Query(**{"audience": STAFF, **filters}, text=text)  # type: ignore[arg-type]
    return [hit.key for hit in engine.search(query).hits]


def suggestions(engine: SearchEngine, text: str) -> list[str]:
    return [hit.key for hit in engine.suggest(Query(text=text, audience=STAFF))]


def test_a_word_in_the_title_counts_more(engine: WhooshEngine) -> None:
    assert keys(engine, "cancelling invoices")[0] == "article:1:en"


def test_japanese_is_found_by_other_spellings(engine: WhooshEngine) -> None:
    assert keys(engine, "ＣＳＶﾌｧｲﾙの取り込み")[0] == "article:2:ja"


def test_an_identifier_is_found_whole(engine: WhooshEngine) -> None:
    assert keys(engine, "IMP-204") == ["article:2:en"]
    assert keys(engine, "products.csv") == ["article:2:en", "article:2:ja"]


@pytest.mark.parametrize("text", ["", "   ", "the of and", "する", "zzzz", "🎉"])
def test_nothing_is_found_by_nothing(engine: WhooshEngine, text: str) -> None:
    assert keys(engine, text) == []


def test_posts_are_shown_as_their_topic(engine: WhooshEngine) -> None:
    found = engine.search(Query(text="invoice", audience=STAFF, kind="topic"))
    assert [hit.group for hit in found.hits] == ["topic:5"]
    assert found.total == 1


def test_kind_and_language_narrow(engine: WhooshEngine) -> None:
    assert keys(engine, "invoice", kind="article") == ["article:1:en"]
    assert keys(engine, "csv", language="ja") == ["article:2:ja"]


def test_pages_of_results_join_without_gap(engine: WhooshEngine) -> None:
    whole = keys(engine, "invoice products csv")
    assert len(whole) == 4
    assert [
        key for offset in range(4) for key in keys(engine, "invoice products csv", offset=offset, limit=1)
    ] == whole


def test_updates_replace_and_removals_take_out(engine: WhooshEngine) -> None:
    changed = document("article:1:en", "Refund a payment")
    engine.update([document("article:1:en", "Overtaken"), changed], removed=["article:2:en", "article:99:en"])
    assert keys(engine, "refund") == ["article:1:en"]
    assert keys(engine, "overtaken") == keys(engine, "products") == []
    assert keys(engine, "invoice") == ["topic:5"]


def test_many_small_updates_rank_as_one_rebuild(engine: WhooshEngine, tmp_path: Path) -> None:
    other = WhooshEngine(tmp_path / "other")
    other.rebuild(())
    for page in (*PAGES, *PAGES[:2]):
        other.update([page])
    for text in ("invoice", "csv 取り込む", "cancel import"):
        one, two = (each.search(Query(text=text, audience=STAFF)) for each in (engine, other))
        assert [hit.key for hit in one.hits] == [hit.key for hit in two.hits]


def test_a_rebuild_leaves_nothing_of_the_old_index(engine: WhooshEngine, tmp_path: Path) -> None:
    engine.rebuild([document("article:3:en", "Invite teammates")])
    assert keys(engine, "invoice") == []
    assert keys(engine, "invite") == ["article:3:en"]
    assert len([path for path in (tmp_path / "index").iterdir() if path.is_dir()]) == 1


def test_a_failed_rebuild_keeps_the_old_index(engine: WhooshEngine) -> None:
    def broken() -> Iterable[IndexedDocument]:
        yield document("article:3:en", "Invite teammates")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        engine.rebuild(broken())
    assert keys(engine, "invoice")[0] == "article:1:en"
    engine.update([document("article:3:en", "Invite teammates")])
    assert keys(engine, "invite") == ["article:3:en"]


TOKENS = st.frozensets(
    st.sampled_from(["public", "signed-in", "staff", "plan:team", "account:1", "account:2"])
)


@hypothesis_settings(max_examples=25)
@given(st.lists(TOKENS, max_size=8), st.one_of(st.none(), TOKENS))
def test_only_what_the_reader_may_see_is_found_counted_or_suggested(
    tmp_path_factory: pytest.TempPathFactory, audiences: list[frozenset[str]], reader: frozenset[str] | None
) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild(
        document(f"article:{number}:en", "Invoices", "tax", audience=audience)
        for number, audience in enumerate(audiences)
    )
    visible = {
        f"article:{number}:en"
        for number, audience in enumerate(audiences)
        if reader is None or not audience.isdisjoint(reader)
    }
    found = engine.search(Query(text="invoice tax", audience=reader))
    assert {hit.key for hit in found.hits} == visible
    assert found.total == len(visible)
    assert {hit.key for hit in engine.suggest(Query(text="inv", audience=reader))} == visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inv", ["article:1:en", "topic:5"]),
        ("Invoices", ["article:1:en", "topic:5"]),
        ("cancel inv", ["article:1:en", "topic:5"]),
        ("wrong invo", ["topic:5", "article:1:en"]),
        ("how to i", ["article:1:en", "article:2:en", "topic:5"]),
        ("商", ["article:2:ja"]),
        ("この商品を取り", ["article:2:ja"]),
        ("error", []),
        ("", []),
    ],
)
def test_titles_are_suggested_while_typing(engine: WhooshEngine, text: str, expected: list[str]) -> None:
    assert suggestions(engine, text)[:1] == expected[:1]
    assert sorted(suggestions(engine, text)) == sorted(expected)


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from portal.search.engine import IndexedDocument
from portal.search.whoosh_engine import WhooshEngine
WhooshEngine(Path(sys.argv[1])).update([IndexedDocument(
    key="article:9:en", group="article:9:en", kind="article", language="en", title="Webhooks", body="",
    audience=frozenset({"public"}), solved=False)])
"""


def test_a_commit_of_another_process_is_seen_at_once(engine: WhooshEngine, tmp_path: Path) -> None:
    assert keys(engine, "webhook") == []
    compiled = tmp_path / "compiled"
    subprocess.run(
        [sys.executable, "-W", "error", "-X", f"pycache_prefix={compiled}", "-c", WRITER, tmp_path / "index"],
        check=True,
    )
    assert keys(engine, "webhook") == ["article:9:en"]


def test_an_engine_opens_what_another_one_made(engine: WhooshEngine, tmp_path: Path) -> None:
    assert keys(WhooshEngine(tmp_path / "index"), "invoice") == keys(engine, "invoice")


def test_there_is_no_index_before_the_first_rebuild(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    assert not engine.is_current()
    with pytest.raises(IndexUnavailableError):
        keys(engine, "invoice")
    with pytest.raises(IndexUnavailableError):
        engine.update(PAGES)
    engine.rebuild(())
    assert engine.is_current()
    assert keys(engine, "invoice") == []


def test_an_index_of_another_analyzer_still_answers_but_is_not_current(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.is_current()
    monkeypatch.setattr(whoosh_engine, "_VERSION", "analyzer999-fields1")
    assert not engine.is_current()
    assert keys(engine, "invoice")


def delete_everything(directory: Path) -> None:
    shutil.rmtree(directory)


def delete_files(directory: Path) -> None:
    for path in directory.rglob("*.*"):
        path.unlink()


def empty_files(directory: Path) -> None:
    for path in directory.rglob("*.*"):
        path.write_bytes(b"")


def fill_files_with_rubbish(directory: Path) -> None:
    for path in directory.rglob("*.*"):
        path.write_bytes(b"rubbish" * 1000)


def point_elsewhere(directory: Path) -> None:
    (directory / "current").write_bytes(b"\xff\x00/elsewhere")


DAMAGES = [delete_everything, delete_files, empty_files, fill_files_with_rubbish, point_elsewhere]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_says_so_until_it_is_rebuilt(
    engine: WhooshEngine, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(tmp_path / "index")
    fresh = WhooshEngine(tmp_path / "index")
    assert not fresh.is_current()
    with pytest.raises(IndexUnavailableError):
        keys(fresh, "invoice")
    with pytest.raises(IndexUnavailableError):
        suggestions(fresh, "inv")
    with pytest.raises(IndexUnavailableError):
        fresh.update(PAGES)
    fresh.rebuild(PAGES)
    assert fresh.is_current()
    assert keys(fresh, "IMP-204") == keys(engine, "IMP-204") == ["article:2:en"]


def test_files_cut_short_while_they_are_open_do_no_harm(engine: WhooshEngine, tmp_path: Path) -> None:
    assert keys(engine, "invoice")
    empty_files(tmp_path / "index")
    assert keys(engine, "IMP-204") == ["article:2:en"]


def test_damage_among_the_postings_takes_the_index_out_of_use(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(document(f"article:{number}:en", "Invoice", "tax " * 50) for number in range(300))
    [postings] = (tmp_path / "index").rglob("*.pst")
    postings.write_bytes(b"\xff" * postings.stat().st_size)
    with pytest.raises(IndexUnavailableError):
        keys(engine, "tax") or keys(WhooshEngine(tmp_path / "index"), "tax")
    assert not WhooshEngine(tmp_path / "index").is_current()


def test_searching_goes_on_while_others_write(engine: WhooshEngine, tmp_path: Path) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        mine = WhooshEngine(tmp_path / "index")
        try:
            while not done.is_set():
                assert "article:1:en" in keys(mine, "cancel invoice")
                assert "article:1:en" in keys(engine, "cancel invoice")
        except BaseException as failure:  # noqa: BLE001 - Handed to the test below.
            failures.append(failure)

    readers = [threading.Thread(target=search) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(25):
            engine.update([document(f"topic:{number}", f"Question {number}", kind="topic")])
        engine.rebuild(PAGES)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []


def test_what_is_found_besides_earns_nothing_by_words(engine: WhooshEngine) -> None:
    """Not even by the pieces of words that it shares."""
    query = Query(
        text="upload products.csv cancers",
        audience=STAFF,
        also=frozenset({"article:1:en", "topic:5", "gone"}),
        is_corrected=False,
        limit=1,
    )
    assert "article:1:en" not in keys(engine, query.text, is_corrected=False)

    found = engine.search(query)

    assert (found.total, found.hits[0].key) == (4, "article:2:en")
    assert {(hit.key, hit.score) for hit in found.besides} == {("article:1:en", 0.0), ("topic:5", 0.0)}
    assert engine.search(replace(query, kind="topic")).total == 1
    assert engine.search(replace(query, audience=frozenset())).besides == ()


def test_a_page_in_the_readers_language_wins_where_both_are_almost_equal(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "languages")
    engine.rebuild(
        [
            document("article:1:en", "SSO-401", "SSO-401 appears."),
            document("article:2:ja", "SSO-401", "SSO-401 が出る。", language="ja"),
            document("article:3:en", "SSO-401 SSO-401", "SSO-401 SSO-401", group="article:3"),
            document("article:3:ja", "エラー", "", group="article:3", language="ja"),
        ]
    )

    def first(language: str | None) -> str:
        return engine.search(Query(text="SSO-401", audience=STAFF, reader_language=language)).hits[0].group

    def score(key: str, language: str | None) -> float:
        hits = engine.search(Query(text="SSO-401", audience=STAFF, reader_language=language)).hits
        return next(hit.score for hit in hits if hit.key == key)

    assert first("ja") != "article:1:en"
    for key in ("article:2:ja", "article:3:en"):
        assert score(key, "ja") == pytest.approx(score(key, None) * 1.05)
    assert score("article:1:en", "ja") == score("article:1:en", None)
