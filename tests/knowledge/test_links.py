"""What a text refers to on its site, and what is wrong with it."""

import pytest

from portal.content.markdown import render
from portal.knowledge.upkeep.links import Landing, Reference, fault_of, references
from portal.knowledge.upkeep.models import Fault

HERE = "/help/en/articles/7-print"
SITE = "https://help.example.test"
PUBLIC = frozenset({"public"})
SIGNED_IN = frozenset({"signed-in"})


def read(body: str) -> list[Reference]:
    return list(references(render(body).html, here=HERE, site=SITE))


def paths(body: str) -> list[str]:
    return [reference.path for reference in read(body)]


@pytest.mark.parametrize(
    ("written", "path", "anchor"),
    [
        ("/help/en/articles/3-x", "/help/en/articles/3-x", ""),
        ("/help/en/articles/3-x?plan=team#h-a", "/help/en/articles/3-x", "h-a"),
        ("#h-paper", HERE, "h-paper"),
        ("../billing/", "/help/en/billing/", ""),
        ("3-x", "/help/en/articles/3-x", ""),
        (f"{SITE}/community/", "/community/", ""),
        (SITE, "/", ""),
        ("/help/ja/articles/3-%E5%8D%B0%E5%88%B7#h-%E7%B4%99", "/help/ja/articles/3-印刷", "h-紙"),
    ],
)
def test_what_stays_on_the_site_is_a_path_and_an_anchor(written: str, path: str, anchor: str) -> None:
    [reference] = read(f"[x]({written})")
    assert (reference.path, reference.anchor, reference.is_media) == (path, anchor, False)


@pytest.mark.parametrize(
    "written", ["https://other.test/help/en/articles/3-x", "//other.test/", "mailto:a@example.test"]
)
def test_what_leads_elsewhere_is_nobodys_business(written: str) -> None:
    assert paths(f"[x]({written})") == []


def test_an_address_that_is_none_does_no_harm() -> None:
    assert list(references('<a href="http://[">x</a>', here=HERE, site=SITE)) == []


def test_each_has_its_place_and_its_sort() -> None:
    found = read("[a](/a)\n\n# Paper\n\n![b](/files/b)\n\n# Ink\n\n`[no](/no)`\n\n[c](/c)")
    assert [(item.path, item.place, item.is_media) for item in found] == [
        ("/a", "", False),
        ("/files/b", "h-paper", True),
        ("/c", "h-ink", False),
    ]


def fault(
    reference: Reference, landing: Landing | None, *, readers: frozenset[str] = PUBLIC, language: str = "en"
) -> Fault | None:
    return fault_of(reference, landing, language=language, readers=readers, plans={})


def test_what_can_be_wrong_with_a_link() -> None:
    [link] = read("[x](/help/en/articles/3-x)")
    assert fault(link, Landing(audience=PUBLIC)) is None
    assert fault(link, None) is Fault.MISSING
    assert fault(link, Landing(audience=frozenset())) is Fault.WITHDRAWN
    assert fault(link, Landing(audience=SIGNED_IN)) is Fault.HIDDEN
    assert fault(link, Landing(audience=SIGNED_IN), readers=SIGNED_IN) is None


def test_a_picture_that_is_not_there_is_missing() -> None:
    [picture] = read("![x](/files/3)")
    assert fault(picture, None) is Fault.MEDIA_MISSING


@pytest.mark.parametrize(
    ("anchor", "named", "language", "is_there"),
    [
        ("h-paper", None, "en", True),
        ("h-paper", None, "ja", False),
        ("h-paper", "en", "ja", True),
        ("h-紙", None, "ja", True),
        ("h-ink", None, "en", False),
        ("h-paper", None, "fr", True),  # They see the first text that there is.
        ("", None, "en", True),
        ("helpful", None, "en", True),
        ("fn-2", None, "en", True),
    ],
)
def test_an_anchor_is_one_of_the_text_that_readers_get(
    anchor: str, named: str | None, language: str, *, is_there: bool
) -> None:
    anchors = {"en": {"h-paper"}, "ja": {"h-紙"}}
    landing = Landing(audience=PUBLIC, anchors=anchors, language=named)
    [link] = read(f"[x](/help/articles/3#{anchor})")
    found = fault(link, landing, language=language)
    assert found is (None if is_there else Fault.ANCHOR_GONE)
