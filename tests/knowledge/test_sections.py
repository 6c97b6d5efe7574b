import pytest
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.knowledge import queries
from portal.knowledge.models import Section
from portal.knowledge.structure import sections
from portal.knowledge.structure.sections import SectionDraft
from portal.knowledge.upkeep.duties import Duty
from tests.factories import actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, make_section


def test_an_address_is_made_from_the_english_name_and_is_never_given_twice(session: Session) -> None:
    draft = SectionDraft(names={"ja": "はじめに", "en": "Getting started"})
    added = [sections.add_section(session, actor=SYSTEM, draft=draft).slug for _ in range(3)]
    assert added == ["getting-started", "getting-started-2", "getting-started-3"]


def test_a_section_may_have_a_japanese_name_only(session: Session) -> None:
    section = sections.add_section(
        session, actor=SYSTEM, draft=SectionDraft(names={"ja": "はじめに", "en": " "})
    )
    assert (section.slug, section.names, section.name("en")) == ("はじめに", {"ja": "はじめに"}, "はじめに")


def test_renaming_and_moving_keep_the_address(session: Session) -> None:
    top, section = make_section(session), make_section(session, "Old name")
    draft = SectionDraft(names={"en": "New name"}, parent_id=top.id, position=7)
    sections.update_section(session, actor=SYSTEM, section_id=section.id, draft=draft)
    assert (section.slug, section.name("en")) == ("old-name", "New name")
    assert (section.parent_id, section.position) == (top.id, 7)


def test_a_section_needs_a_name(session: Session) -> None:
    with pytest.raises(InvalidError) as caught:
        sections.add_section(session, actor=SYSTEM, draft=SectionDraft(names={"en": "  "}))
    assert caught.value.field == "names"


def test_a_section_never_stands_below_itself(session: Session) -> None:
    top = make_section(session)
    inner = make_section(session, parent=make_section(session, parent=top))
    for parent_id in (top.id, inner.id, 10_000):
        draft = SectionDraft(names={"en": "Top"}, parent_id=parent_id)
        with pytest.raises(InvalidError):
            sections.update_section(session, actor=SYSTEM, section_id=top.id, draft=draft)
    assert top.parent_id is None


def test_only_staff_change_sections(session: Session) -> None:
    section, customer = make_section(session), actor_of(make_customer(session))
    draft = SectionDraft(names={"en": "Mine"})
    with pytest.raises(ForbiddenError):
        sections.add_section(session, actor=customer, draft=draft)
    with pytest.raises(NotFoundError):
        sections.update_section(session, actor=customer, section_id=section.id, draft=draft)


def nest(session: Session, depth: int) -> list[Section]:
    row = [make_section(session)]
    while len(row) < depth:
        row.append(make_section(session, parent=row[-1]))
    return row


def move(session: Session, section: Section, parent: Section | None) -> None:
    draft = SectionDraft(names=section.names, parent_id=parent.id if parent else None)
    sections.update_section(session, actor=SYSTEM, section_id=section.id, draft=draft)


def test_sections_stand_at_most_eight_deep(session: Session) -> None:
    deepest = nest(session, 8)[-1]
    with pytest.raises(InvalidError) as caught:
        make_section(session, parent=deepest)
    assert caught.value.field == "parent_id"
    assert str(caught.value) == "Sections can stand at most 8 deep; this would be 9."


def test_what_stands_below_moves_along_and_counts(session: Session) -> None:
    three, six = nest(session, 3), nest(session, 6)
    with pytest.raises(InvalidError):
        move(session, six[0], three[2])
    move(session, three[0], six[4])
    assert three[0].parent_id == six[4].id
    with pytest.raises(InvalidError):
        move(session, six[5], three[2])


def test_a_tree_that_is_too_deep_already_can_be_renamed(session: Session) -> None:
    row = nest(session, 8)
    below = Section(slug="below", names={"en": "Below"}, parent_id=row[-1].id)
    session.add(below)
    session.commit()
    draft = SectionDraft(names={"en": "Renamed"}, parent_id=row[-1].id)
    sections.update_section(session, actor=SYSTEM, section_id=below.id, draft=draft)
    assert below.name("en") == "Renamed"


def readdress(session: Session, section: Section, slug: str) -> None:
    draft = SectionDraft(names=section.names, parent_id=section.parent_id, slug=slug)
    sections.update_section(session, actor=SYSTEM, section_id=section.id, draft=draft)
    session.commit()


def leads_to(session: Session, slug: str) -> int:
    return queries.section_for(session, SYSTEM, slug, language="en").node.section.id


def test_each_address_that_a_section_had_leads_to_it(session: Session) -> None:
    section = make_section(session, "Billing")
    for slug in ("Invoices", "請求書 ＆ 支払い", "invoices", "billing"):
        readdress(session, section, slug)
    assert section.slug == "billing"
    assert {leads_to(session, slug) for slug in ("billing", "invoices", "請求書-支払い")} == {section.id}
    with pytest.raises(NotFoundError):
        leads_to(session, "elsewhere")


@pytest.mark.parametrize("slug", ["billing", "invoices", " Billing! "])
def test_no_other_section_takes_an_address_that_one_has_or_had(session: Session, slug: str) -> None:
    section, other = make_section(session, "Billing"), make_section(session, "Other")
    readdress(session, section, "invoices")
    with pytest.raises(InvalidError) as caught:
        readdress(session, other, slug)
    assert caught.value.field == "slug"
    draft = SectionDraft(names={"en": "New"}, slug=slug)
    with pytest.raises(InvalidError):
        sections.add_section(session, actor=SYSTEM, draft=draft)
    assert other.slug == "other"


def test_an_address_made_from_a_name_is_none_that_a_section_had(session: Session) -> None:
    readdress(session, make_section(session, "Billing"), "invoices")
    assert make_section(session, "Billing").slug == "billing-2"


def test_a_new_section_can_have_the_address_that_is_wanted(session: Session) -> None:
    draft = SectionDraft(names={"en": "Getting started"}, slug="Start here")
    assert sections.add_section(session, actor=SYSTEM, draft=draft).slug == "start-here"


def test_a_section_says_who_verifies_and_whether_a_second_person_has_to_look(session: Session) -> None:
    staff = make_user(session)
    duty = Duty(verifier_id=staff.id, every_days=90)
    draft = SectionDraft(names={"en": "Billing"}, needs_review=True, duty=duty)
    section = sections.add_section(session, actor=SYSTEM, draft=draft)
    assert (section.needs_review, section.verifier_id, section.verify_every_days) == (True, staff.id, 90)


def test_only_staff_can_be_asked_to_verify(session: Session) -> None:
    customer = make_customer(session)
    draft = SectionDraft(names={"en": "Billing"}, duty=Duty(verifier_id=customer.id))
    with pytest.raises(InvalidError) as caught:
        sections.add_section(session, actor=SYSTEM, draft=draft)
    assert caught.value.field == "verifier_id"


def test_sections_are_put_in_order_within_their_row(session: Session) -> None:
    top, other_top = make_section(session, "Top"), make_section(session, "Other top")
    a, _b, c = (make_section(session, name, parent=top) for name in "abc")

    def put(section: Section, before: Section | None) -> list[str]:
        sections.put_section_before(
            session, actor=SYSTEM, section_id=section.id, before_id=before.id if before else None
        )
        tree = queries.sections_for(session, SYSTEM)
        return [node.section.names["en"] for node in tree[0].children]

    assert put(c, a) == ["c", "a", "b"]
    assert put(c, None) == ["a", "b", "c"]
    assert put(a, a) == ["a", "b", "c"]
    assert put(a, other_top) == ["b", "c", "a"]
    assert [node.section for node in queries.sections_for(session, SYSTEM)] == [top, other_top]


def test_articles_are_put_in_order_within_their_section(session: Session) -> None:
    section = make_section(session)
    a, b, c = (make_article(session, title, section=section) for title in "abc")
    elsewhere = make_article(session)

    def put(article_id: int, before_id: int | None) -> list[str]:
        sections.put_article_before(session, actor=SYSTEM, article_id=article_id, before_id=before_id)
        links = queries.articles_for(session, SYSTEM, section.id, language="en")
        return [link.title for link in links]

    assert put(c.article_id, a.article_id) == ["c", "a", "b"]
    assert put(a.article_id, None) == ["c", "b", "a"]
    assert put(b.article_id, elsewhere.article_id) == ["c", "a", "b"]


def test_only_staff_put_things_in_order(session: Session) -> None:
    section, customer = make_section(session), actor_of(make_customer(session))
    article_id = make_article(session).article_id
    with pytest.raises(NotFoundError):
        sections.put_section_before(session, actor=customer, section_id=section.id, before_id=None)
    with pytest.raises(NotFoundError):
        sections.put_article_before(session, actor=customer, article_id=article_id, before_id=None)
