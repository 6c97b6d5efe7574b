from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.knowledge import queries
from portal.knowledge.models import Section
from tests.factories import make_user
from tests.knowledge.factories import make_article, make_section

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def staff(browser_of: Browser, session: Session) -> FlaskClient:
    return browser_of(make_user(session, name="Sam Ito"))


def fields(section: Section, **values: str) -> dict[str, str]:
    return {"name_en": section.names["en"], "name_ja": section.names["ja"], "slug": section.slug} | values


def change(staff: FlaskClient, session: Session, section: Section, **values: str) -> int:
    status = staff.post(f"/staff/sections/{section.id}", data=fields(section, **values)).status_code
    session.rollback()
    return status


def test_a_section_can_be_readdressed_and_its_old_addresses_lead_to_the_new_one(
    staff: FlaskClient, client: FlaskClient, session: Session
) -> None:
    section = make_section(session, "Billing")
    make_article(session, section=section)
    assert change(staff, session, section, slug="請求書") == 303
    new = quote("/help/ja/請求書/")
    for path, target in (("/help/ja/billing/", new), ("/help/ja/billing/feed.atom", f"{new}feed.atom")):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (301, target)
        assert client.get(answer.location or "").status_code == 200
    assert f'href="{new}"' in client.get("/help/ja/").text


def test_an_old_address_of_what_a_reader_may_not_see_leads_nowhere(
    staff: FlaskClient, client: FlaskClient, session: Session
) -> None:
    section = make_section(session, "Internal")
    make_article(session, section=section, audience=frozenset({"staff"}))
    change(staff, session, section, slug="hidden")
    assert client.get("/help/en/internal/").status_code == 404
    assert client.get("/help/en/internal/feed.atom").status_code == 404
    assert staff.get("/help/en/internal/").status_code == 301


def test_what_holds_for_a_section_is_chosen_on_its_page(staff: FlaskClient, session: Session) -> None:
    section, verifier = make_section(session), make_user(session, name="Ada Mori")
    chosen = {"needs_review": "y", "verifier_id": str(verifier.id), "verify_every_days": "90"}
    assert change(staff, session, section, **chosen) == 303
    session.refresh(section)
    assert (section.needs_review, section.verifier_id, section.verify_every_days) == (True, verifier.id, 90)
    page = staff.get(f"/staff/sections/{section.id}").text
    assert f'<option selected value="{verifier.id}">Ada Mori</option>' in page
    assert change(staff, session, section) == 303
    session.refresh(section)
    assert (section.needs_review, section.verifier_id, section.verify_every_days) == (False, None, None)


def test_what_cannot_be_used_is_told_where_it_stands(staff: FlaskClient, session: Session) -> None:
    make_section(session, "Billing")
    section = make_section(session, "Other")
    deepest = section
    for _ in range(7):
        deepest = make_section(session, parent=deepest)
    url = f"/staff/sections/{section.id}"
    taken = staff.post(url, data=fields(section, slug="billing"))
    assert taken.status_code == 422
    assert 'href="#slug">Address: This address leads to another section.' in taken.text
    deep = staff.post("/staff/sections/", data={"name_en": "Deep", "parent_id": str(deepest.id)})
    assert deep.status_code == 422
    assert 'href="#parent_id">Below: Sections can stand at most 8 deep; this would be 9.' in deep.text


def test_sections_are_moved_by_buttons_that_need_no_script(staff: FlaskClient, session: Session) -> None:
    first, second = make_section(session, "First"), make_section(session, "Second")
    page = staff.get("/staff/sections/").text
    assert 'aria-label="Move “Second” up"' in page
    move = {"move": f"{second.id}:{first.id}"}
    assert f'value="{move["move"]}"' in page
    assert staff.post("/staff/sections/order", data=move).location == f"/staff/sections/#item-{second.id}"
    session.rollback()
    assert [node.section.id for node in queries.sections_for(session, SYSTEM)] == [second.id, first.id]
    piece = staff.post(
        "/staff/sections/order", data={"move": f"{second.id}:"}, headers={"HX-Request": "true"}
    )
    assert piece.text.lstrip().startswith("<form")
    assert piece.text.index("First") < piece.text.index("Second")


def test_articles_are_moved_by_buttons_that_need_no_script(staff: FlaskClient, session: Session) -> None:
    section = make_section(session)
    first, second = (make_article(session, title, section=section) for title in ("First", "Second"))
    url = f"/staff/sections/{section.id}"
    move = {"move": f"{second.article_id}:{first.article_id}"}
    assert staff.get(url).text.count(f'value="{move["move"]}"') == 2
    assert staff.post(f"{url}/order", data=move).location == f"{url}#item-{second.article_id}"
    page = staff.get(url).text
    assert page.index("Second") < page.index("First")
    piece = staff.post(
        f"{url}/order", data={"move": f"{second.article_id}:"}, headers={"HX-Request": "true"}
    ).text
    assert piece.lstrip().startswith("<form")
    assert piece.index("First") < piece.index("Second")
