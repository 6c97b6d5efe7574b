"""What people say about a step: who reads and changes it, who sees its files, and who hears of it."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import VISITOR, Actor, Role
from portal.accounts.models import Account, User
from portal.core.clock import utc_now
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError, PortalError
from portal.events import StepCommented
from portal.files.attachments import service as attachments
from portal.files.attachments.models import Attachment
from portal.files.attachments.rules import path_of, place_of, written
from portal.notifications.models import Notice
from portal.onboarding.models import Checklist
from portal.onboarding.people import service as people
from portal.onboarding.sharing import service as sharing
from portal.onboarding.sharing.tokens import token_of
from portal.onboarding.subjects import comments_named_for
from portal.onboarding.talk import rendering, service
from portal.onboarding.talk.models import StepComment, StepCommentFile
from portal.reactions.plans import tell_who_talks
from tests.factories import NOW, actor_of, make_account, make_customer, make_topic, make_user
from tests.onboarding.factories import draft, make_checklist

Browse = Callable[[User], FlaskClient]
Keep = Callable[..., Attachment]


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    return make_checklist(session, account, [draft("Import"), draft("Order")])


@pytest.fixture
def step_id(checklist: Checklist) -> int:
    return checklist.steps[0].id


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Cho Kim")


@pytest.fixture
def keep(app: Flask, session: Session) -> Keep:
    """Add a file as a person would."""

    def run(user: User, content: bytes = b"It failed.") -> Attachment:
        file = attachments.keep(
            session,
            actor=actor_of(user),
            folder=app.extensions["settings"].uploads_dir,
            upload=attachments.prepare(name="log.txt", content=content),
            now=NOW,
        )
        session.commit()
        return file

    return run


def say(session: Session, user: User, step_id: int, body: str = "How far are *we*?") -> StepComment:
    comment = service.comment(session, actor=actor_of(user), step_id=step_id, body=body, now=NOW)
    session.commit()
    return comment


def test_a_comment_is_rendered_and_read_by_who_sees_the_checklist(
    session: Session, client: FlaskClient, browser_of: Browse, member: User, champion: User, step_id: int
) -> None:
    address = f"/onboarding/steps/{step_id}"
    answer = browser_of(member).post(f"{address}/comments", data={"body": "How far are *we*? <script>"})
    comment_id = session.scalars(select(StepComment.id)).one()

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address}#comment-{comment_id}")
    for reader in (member, champion, make_user(session)):
        page = browser_of(reader).get(address).text
        assert "<p>How far are <em>we</em>? &lt;script&gt;</p>" in page
        assert "Kim Sato" in page
    assert "1 comment<" in browser_of(champion).get("/onboarding/").text
    assert browser_of(make_customer(session)).get(address).status_code == 404
    assert client.get(address).status_code == 302


def test_the_page_tells_what_belongs_to_the_step(
    browser_of: Browse, member: User, checklist: Checklist, step_id: int
) -> None:
    browser = browser_of(member)
    browser.post(f"/onboarding/steps/{step_id}/completion")

    page = browser.get(f"/onboarding/steps/{step_id}").text
    for words in ("So that orders can name them.", "Ticked by Kim Sato", "Ticked “Import”", "Open again"):
        assert words in page
    assert f'href="/onboarding/#checklist-{checklist.id}"' in page
    assert "Mark as done" in browser.get(f"/onboarding/steps/{checklist.steps[1].id}").text


def test_what_was_typed_stays_when_it_cannot_be_posted(
    browser_of: Browse, member: User, step_id: int
) -> None:
    browser, address = browser_of(member), f"/onboarding/steps/{step_id}/comments"

    assert browser.post(address, data={"body": " "}).status_code == 422
    long = browser.post(address, data={"body": "word " * 5000})
    assert long.status_code == 422
    assert "word word word" in long.text
    refused = browser.post(address, data={"body": "Look at this", "file": (io.BytesIO(b"<svg/>"), "a.svg")})
    assert refused.status_code == 415
    assert "a.svg cannot be added" in refused.text
    assert "Look at this</textarea>" in refused.text


def test_without_a_script_a_file_comes_along(
    session: Session, browser_of: Browse, member: User, step_id: int
) -> None:
    address = f"/onboarding/steps/{step_id}"
    data = {"body": "Look at this", "file": (io.BytesIO(b"It failed."), "a.log")}
    browser_of(member).post(f"{address}/comments", data=data)

    file = session.scalars(select(Attachment)).one()
    assert f'href="{path_of(file)}"' in browser_of(member).get(address).text


def outcome(act: Callable[..., object], **asked: object) -> type[PortalError] | None:
    """Try something; return why it is refused, None if it is not."""
    try:
        act(**asked)
    except PortalError as error:
        return type(error)
    return None


def test_who_may_change_and_remove_what(
    session: Session, account: Account, member: User, champion: User, step_id: int
) -> None:
    readers = {
        "author": actor_of(member),
        "champion": actor_of(champion),
        "staff": actor_of(make_user(session)),
        "stranger": actor_of(make_user(session, account=make_account(session), role=Role.CHAMPION)),
        "visitor": VISITOR,
    }
    comment_id = say(session, member, step_id).id
    hidden = dict.fromkeys(("stranger", "visitor"), NotFoundError)
    edits = {"author": None, "champion": ForbiddenError, "staff": ForbiddenError, **hidden}
    removals = {"author": None, "champion": ForbiddenError, "staff": None, **hidden}
    for reader, actor in readers.items():
        asked = {"session": session, "actor": actor, "comment_id": comment_id}
        change = {"body": f"Changed by {reader}", "edition": 1, "now": NOW}
        assert outcome(service.edit, **asked, **change) is edits[reader], reader
        assert outcome(service.remove, **asked, now=NOW) is removals[reader], reader
        assert outcome(service.restore, **asked) is removals[reader], reader
        session.rollback()


def test_what_staff_removed_its_author_sees_and_cannot_put_back(
    session: Session, browser_of: Browse, member: User, champion: User, step_id: int
) -> None:
    comment_id, staff = say(session, member, step_id, "Not so nice").id, make_user(session)
    address = f"/onboarding/comments/{comment_id}/removal"
    answer = browser_of(staff).post(address, follow_redirects=True)
    assert "Undo" in answer.text

    page = f"/onboarding/steps/{step_id}"
    assert "Not so nice" in browser_of(member).get(page).text
    assert "Put it back" not in browser_of(member).get(page).text
    assert "Not so nice" not in browser_of(champion).get(page).text
    assert browser_of(champion).post(address).status_code == 404
    assert browser_of(member).post(address, data={"_method": "delete"}).status_code == 403
    browser_of(staff).post(address, data={"_method": "delete"})
    assert "Not so nice" in browser_of(champion).get(page).text


def test_two_windows_lose_nothing(session: Session, browser_of: Browse, member: User, step_id: int) -> None:
    browser, comment_id = browser_of(member), say(session, member, step_id, "First").id
    address = f"/onboarding/comments/{comment_id}/text"
    browser.post(address, data={"body": "Second", "edition": 1})

    late = browser.post(address, data={"body": "Third", "edition": 1})
    assert late.status_code == 409
    assert "Third</textarea>" in late.text
    assert "Second" in late.text
    assert 'name="edition" value="2"' in late.text
    assert browser.post(address, data={"body": "Third", "edition": 2}).status_code == 303
    page = browser.get(f"/onboarding/steps/{step_id}").text
    assert "<p>Third</p>" in page
    assert "changed" in page


@pytest.mark.parametrize("body", ["Second", "word " * 5000, " "])
def test_what_was_typed_stays_when_the_comment_was_removed_meanwhile(
    session: Session, browser_of: Browse, member: User, step_id: int, body: str
) -> None:
    comment_id = say(session, member, step_id, "First").id
    service.remove(session, actor=actor_of(make_user(session)), comment_id=comment_id, now=NOW)
    session.commit()

    data = {"body": body, "edition": 1}
    answer = browser_of(member).post(f"/onboarding/comments/{comment_id}/text", data=data)
    assert answer.status_code == (422 if len(body) > 10_000 else 409)
    assert f"{body}</textarea>" in answer.text
    assert browser_of(member).get(f"/onboarding/comments/{comment_id}/text").status_code == 403


def test_what_became_of_an_animation_is_said(browser_of: Browse, member: User, step_id: int) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    gif.seek(0)
    data = {"body": "Look at this", "file": (gif, "a.gif")}
    answer = browser_of(member).post(
        f"/onboarding/steps/{step_id}/comments", data=data, follow_redirects=True
    )
    assert "Only the first picture of the animation was kept." in answer.text


def test_a_shared_link_shows_no_comment(
    session: Session, client: FlaskClient, champion: User, checklist: Checklist, step_id: int, keep: Keep
) -> None:
    file = keep(champion)
    say(session, champion, step_id, f"Only among us {written(file)}")
    link = sharing.share(session, actor=actor_of(champion), checklist_id=checklist.id, days=30, now=NOW)
    link.expires_at = utc_now() + timedelta(days=1)
    session.commit()

    shared = client.get(f"/onboarding/shared/{token_of(link.id)}").text
    assert "Import" in shared
    assert "Only among us" not in shared
    assert "1 comment" not in shared
    assert client.get(path_of(file)).status_code == 404


def statuses(readers: list[FlaskClient], file: Attachment) -> list[int]:
    answers = [reader.get(path_of(file)) for reader in readers]
    for answer in answers:
        answer.close()
    return [answer.status_code for answer in answers]


def test_a_file_is_seen_by_exactly_those_who_see_the_checklist(
    session: Session,
    client: FlaskClient,
    browser_of: Browse,
    member: User,
    champion: User,
    step_id: int,
    keep: Keep,
) -> None:
    file, stranger = keep(member), make_customer(session)
    readers = [browser_of(member), browser_of(champion), browser_of(make_user(session))]
    others = [browser_of(stranger), client]
    assert statuses([*readers, *others], file) == [200, 404, 404, 404, 404]

    comment = say(session, member, step_id, f"See {written(file)}")
    assert statuses([*readers, *others], file) == [200, 200, 200, 404, 404]

    service.remove(session, actor=actor_of(member), comment_id=comment.id, now=NOW)
    session.commit()
    assert statuses([*readers, *others], file) == [200, 404, 200, 404, 404]


def test_nobody_takes_a_file_from_one_account_to_another(
    session: Session, browser_of: Browse, member: User, step_id: int, keep: Keep
) -> None:
    file, stranger, staff = keep(member), make_customer(session), make_user(session)
    say(session, member, step_id, written(file))
    elsewhere = make_checklist(session, stranger.account or make_account(session)).steps[0].id
    for person in (stranger, staff):
        say(session, person, elsewhere, written(file))
    make_topic(session, author=staff, body=written(file))

    assert statuses([browser_of(stranger)], file) == [404]
    assert len(session.scalars(select(StepCommentFile)).all()) == 1


def test_what_a_comment_names_is_kept_and_what_it_names_no_more_is_cleared(
    app: Flask, session: Session, member: User, step_id: int, keep: Keep
) -> None:
    folder = app.extensions["settings"].uploads_dir
    used, dropped = keep(member), keep(member)
    comment = say(session, member, step_id, f"{written(used)} {written(dropped)}")
    service.edit(
        session, actor=actor_of(member), comment_id=comment.id, body=written(used), edition=1, now=NOW
    )
    used.created_at = dropped.created_at = utc_now() - timedelta(days=4)
    session.commit()

    worker.clear_unfinished()

    assert place_of(used, folder).is_file()
    assert not place_of(dropped, folder).exists()


def test_a_comment_names_at_most_ten_files(session: Session, member: User, step_id: int) -> None:
    names = " ".join(f"[a](/attachments/{number:032x})" for number in range(11))
    with pytest.raises(InvalidError):
        say(session, member, step_id, names)


def test_who_hears_of_a_comment(
    session: Session,
    account: Account,
    member: User,
    champion: User,
    step_id: int,
    work: Callable[[], None],
) -> None:
    manager, helper = make_user(session, name="Mio Ito"), make_user(session, name="Ken Abe")
    gone = make_user(session, account=account)
    account.manager = manager
    session.commit()
    for person in (champion, gone):
        people.assign(session, actor=actor_of(helper), step_id=step_id, user_id=person.id, now=NOW)
    gone.is_active = False
    session.commit()

    first = say(session, member, step_id)
    assert heard(session, work, first) == {champion.id, manager.id}
    second = say(session, helper, step_id)
    assert heard(session, work, second) == {champion.id, member.id}
    third = say(session, champion, step_id)
    assert heard(session, work, third) == {member.id, helper.id, manager.id}
    told = len(session.scalars(select(Notice).where(Notice.kind == "step_comment")).all())
    for comment in (first, second, third):
        tell_who_talks(session, StepCommented(comment_id=comment.id), NOW)
    session.commit()
    assert len(session.scalars(select(Notice).where(Notice.kind == "step_comment")).all()) == told


def heard(session: Session, work: Callable[[], None], comment: StepComment) -> set[int]:
    """Return who was told of a comment."""
    comment_id = comment.id
    work()
    about = select(Notice.user_id).where(Notice.subject == f"step_comment:{comment_id}")
    return set(session.scalars(about))


def test_nobody_hears_of_what_was_taken_back(
    session: Session, member: User, champion: User, step_id: int, work: Callable[[], None]
) -> None:
    say(session, champion, step_id)
    comment = say(session, member, step_id)
    comment_id = comment.id
    service.remove(session, actor=actor_of(member), comment_id=comment_id, now=NOW)
    session.commit()

    assert heard(session, work, comment) == set()
    assert comments_named_for(session, actor_of(member), [comment_id], "en") == {}


def test_opening_the_page_reads_what_one_was_told(
    session: Session,
    browser_of: Browse,
    member: User,
    champion: User,
    step_id: int,
    work: Callable[[], None],
) -> None:
    say(session, champion, step_id)
    say(session, member, step_id)
    work()
    browser = browser_of(champion)
    assert "Kim Sato commented on “Import”." in browser.get("/me/notifications/").text

    browser.get(f"/onboarding/steps/{step_id}")
    session.rollback()
    assert all(session.scalars(select(Notice.read_at)))


def test_notices_are_shown_only_while_their_comment_is(session: Session, member: User, step_id: int) -> None:
    comment_id = say(session, member, step_id).id
    stranger = actor_of(make_customer(session))

    def named(actor: Actor) -> set[int]:
        return set(comments_named_for(session, actor, [comment_id], "en"))

    assert (named(actor_of(member)), named(stranger), named(VISITOR)) == ({comment_id}, set(), set())


def test_an_older_rendering_is_made_anew(session: Session, member: User, step_id: int) -> None:
    comment = say(session, member, step_id, "*Now*")
    comment.body_html, comment.renderer_version = "", 0
    session.commit()

    assert rendering.rerender_stale() == 1
    session.refresh(comment)
    assert "<em>Now</em>" in comment.body_html
    assert rendering.rerender_stale() == 0
