"""The registry: complete, well-formed, in both languages, and open for what products report."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.adoption.kinds import KINDS, NAME, Category, is_known, kind_named
from portal.core.errors import NotFoundError

PUBLISHED: Final = {
    Category.SELF_SERVICE: """search.performed search.result_opened article.viewed article.voted
        suggestion.shown suggestion.opened suggestion.resolved assistant.asked assistant.answered
        assistant.abstained video.watched article.read topic.viewed topic.read""",
    Category.PEER_HELP: """question.asked question.seconded answer.posted answer.accepted answer.was_accepted
        post.voted post.was_voted idea.posted idea.voted review.posted use_case.published ask_form.opened
        discussion.posted reply.posted""",
    Category.ONBOARDING: "step.completed step.reopened checklist.completed goal.reached phase.entered",
    Category.PRODUCT_USE: "user.signed_in feature.used",
    Category.FRICTION: "request.opened request.resolved post.flagged contact_form.opened",
    Category.CORRECTION: "signal.voided",
}
NOTED_IN_PASSING: Final = """search.performed search.result_opened article.viewed article.read topic.viewed
    topic.read suggestion.shown suggestion.opened assistant.asked assistant.answered assistant.abstained
    video.watched ask_form.opened contact_form.opened"""


@pytest.mark.parametrize("category", Category)
def test_a_category_holds_exactly_the_kinds_that_are_published(category: Category) -> None:
    registered = {kind.name for kind in KINDS.values() if kind.category is category}
    assert registered == set(PUBLISHED[category].split())


def test_contributions_and_statements_are_never_noted_in_passing() -> None:
    assert {kind.name for kind in KINDS.values() if kind.passive} == set(NOTED_IN_PASSING.split())


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_well_formed_name_and_is_found_by_it(name: str) -> None:
    assert NAME.fullmatch(name)
    assert is_known(name)
    assert kind_named(name) is KINDS[name]
    assert KINDS[name].name == name


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_described_in_both_languages(name: str) -> None:
    kind = KINDS[name]
    assert kind.label_en.isprintable()
    assert kind.label_en[0].isupper()
    assert kind.meaning_en.endswith(".")
    assert kind.meaning_ja.endswith("。")
    assert any("぀" <= letter <= "鿿" for letter in kind.label_ja)


def test_no_two_kinds_share_a_label() -> None:
    assert len({kind.label_en for kind in KINDS.values()}) == len(KINDS)
    assert len({kind.label_ja for kind in KINDS.values()}) == len(KINDS)


def test_a_product_may_report_kinds_of_its_own() -> None:
    kind = kind_named("product.report_exported")
    assert (kind.name, kind.category, kind.passive) == (
        "product.report_exported",
        Category.PRODUCT_USE,
        False,
    )
    assert (kind.label_en, kind.label_ja) == ("Product: report exported", "製品：report exported")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "product",
        "product.",
        "product.Export",
        "product.a.b",
        "product.1st",
        "product.an export",
        "product.export\n",
        "product." + "x" * 53,
        "products.exported",
        "feature.made_up",
        "Article.viewed",
        "article.viewed ",
    ],
)
def test_other_names_are_refused(name: str) -> None:
    assert not is_known(name)
    with pytest.raises(NotFoundError, match="no kind of signal"):
        kind_named(name)


@given(st.from_regex(r"[a-z][a-z0-9_]{0,51}", fullmatch=True))
def test_any_plain_word_can_follow_product(word: str) -> None:
    assert kind_named(f"product.{word}").name == f"product.{word}"
