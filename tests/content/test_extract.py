from hypothesis import given
from hypothesis import strategies as st

from portal.content.extract import excerpt, plain_text


def test_blocks_are_kept_apart_and_inline_elements_together() -> None:
    html = '<h2 id="h-a">A</h2><ul><li>b<em>c</em></li><li>d</li></ul><p>1</p><p>2</p>'
    assert plain_text(html) == "A bc d 1 2"
    assert plain_text('a<br>b<a href="/x" title="&gt;">c</a><hr>&lt;d&gt; &amp;amp;') == "a bc <d> &amp;"


def test_code_is_kept() -> None:
    html = '<pre tabindex="0"><code><span class="k">def</span> <span class="nf">f</span>()\n  1</code></pre>'
    assert plain_text(html) == "def f() 1"


def test_an_excerpt_ends_between_words() -> None:
    assert excerpt("The quick brown fox", 100) == "The quick brown fox"
    assert excerpt("The quick brown fox", 12) == "The quick…"
    assert excerpt("The quick brown fox", 10) == "The quick…"
    assert excerpt("Supercalifragilistic", 6) == "Super…"


def test_an_excerpt_of_japanese_ends_anywhere_but_in_a_latin_word() -> None:
    assert excerpt("納品書を印刷できません", 6) == "納品書を印…"
    assert excerpt("設定画面のpasswordを", 9) == "設定画面の…"


def test_an_excerpt_cuts_no_character_in_two() -> None:
    assert excerpt("e\u0301e\u0301e\u0301", 4) == "e\u0301…"
    assert excerpt("👩‍👩‍👧 family", 4) == "…"


@given(st.text(), st.integers(1, 50))
def test_an_excerpt_is_a_beginning_that_fits(text: str, length: int) -> None:
    short = excerpt(text, length)
    assert len(short) <= length
    assert text == short or text.startswith(short.removesuffix("…"))
