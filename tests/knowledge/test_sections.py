import pytest
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.knowledge import sections
from portal.knowledge.sections import SectionDraft
from tests.factories import actor_of, make_customer
from tests.knowledge.factories import make_section


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
