"""A small site in which everything exists once in public and once in private, and six who look at it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM, VISITOR, Role
from portal.accounts.audience import STAFF, Audience
from portal.accounts.models import Account, User
from portal.adoption.ingestion import ingest
from portal.adoption.matching import service as matching
from portal.adoption.matching.models import Problem, SignalAlias
from portal.api.keys import service as keys
from portal.api.keys.rules import Scope
from portal.api.keys.service import KeyDraft
from portal.files import service as files
from portal.files.attachments import service as attachments
from portal.files.attachments.models import Attachment
from portal.files.attachments.rules import written
from portal.files.service import Upload
from portal.forum import flags, tags
from portal.forum import service as forum
from portal.forum.drafts import service as drafts
from portal.forum.drafts.service import Begun, Window
from portal.forum.models import Post, Topic, TopicKind
from portal.forum.tags import TagDraft
from portal.health.actions.models import NextAction
from portal.health.alerts.models import AccountAlert, AlertRule
from portal.health.model import shipped_text
from portal.health.notes import service as notes
from portal.health.tasks.models import AccountTask, TaskKind
from portal.health.versions import service as models
from portal.health.versions.rules import renamed
from portal.knowledge import workflow
from portal.knowledge.batches import service as batches
from portal.knowledge.batches.orders import Verify
from portal.knowledge.batches.service import Pick
from portal.knowledge.feedback import service as votes
from portal.knowledge.feedback.service import Ballot
from portal.knowledge.models import ArticleStatus, ArticleVote, Section
from portal.knowledge.queries import article_with_texts
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets import templates as article_templates
from portal.notifications.mail.unsubscribing import unsubscribe_url
from portal.notifications.models import Notice
from portal.onboarding import service as onboarding
from portal.onboarding.goals.rules import Count
from portal.onboarding.maps import service as maps
from portal.onboarding.models import MapStep, SuccessMap
from portal.onboarding.nudges.models import Nudge, NudgeState
from portal.onboarding.sharing import service as sharing
from portal.onboarding.sharing.tokens import token_of
from portal.onboarding.talk import service as talk
from portal.search.curation import service as curation
from portal.search.learning import service as learning
from portal.search.learning.models import SynonymProposal
from portal.search.learning.rules import Replacement
from portal.search.models import SearchDocument
from portal.support import service as support
from tests.factories import actor_of, make_account, make_board, make_reply, make_topic, make_user
from tests.knowledge.factories import make_article, make_section, translate
from tests.onboarding.factories import draft, goal_draft, make_checklist, make_goal, quiz_draft

OF_ACCOUNT_A: Final = "Kingfisher"
OF_STAFF: Final = "Nightjar"
READERS: Final = ("visitor", "customer", "peer", "champion", "staff", "admin")
HIDDEN: Final = {
    "visitor": (OF_ACCOUNT_A, OF_STAFF),
    "customer": (OF_STAFF,),
    "peer": (OF_ACCOUNT_A, OF_STAFF),
    "champion": (OF_STAFF,),
    "staff": (),
    "admin": (),
}
PIXEL: Final = b"\x89PNG\r\n\x1a\n one small image"


@dataclass(frozen=True, kw_only=True)
class World:
    """Who looks, and the ids by which addresses name what there is."""

    people: dict[str, User]
    ids: dict[str, int | str]


def make_world(session: Session, work: Callable[[], None], *, uploads: Path) -> World:
    """Make the site: what only account A, or only staff, may see has their word in each title and text."""
    now = datetime.now(UTC) - timedelta(hours=1)
    account_a = make_account(session, name=f"{OF_ACCOUNT_A} Foods", plan="business")
    account_b = make_account(session, name="Heron Trading", plan="team")
    people = _people(session, account_a, account_b)
    ids: dict[str, int | str] = {name: person.id for name, person in people.items()}
    ids |= {"account": account_a.id, "account_b": account_b.id}
    ids |= _articles(session, frozenset({f"account:{account_a.id}"}))
    ids |= _shared_texts(session)
    ids["waiting_article"] = _waiting(session, int(ids["section"]), now)
    ids |= _topics(session, people, frozenset({f"account:{account_a.id}"}), now)
    ids |= _onboarding(session, account_a, people["champion"], int(ids["article"]), now)
    request = support.open_request(
        session,
        actor=actor_of(people["customer"]),
        title=f"{OF_ACCOUNT_A} invoice is wrong",
        body=f"The {OF_ACCOUNT_A} invoice has the wrong total.",
        now=now,
    )
    support.reply(session, actor=actor_of(people["staff"]), request_id=request.id, body=OF_ACCOUNT_A, now=now)
    ids["request"] = request.id
    ids["task"] = _task(session, account_a, now)
    for name, version in (("model", "v2"), ("spare_model", "v4")):
        text = renamed(shipped_text("v1"), version)
        ids[name] = models.create_draft(session, actor=actor_of(people["staff"]), text=text, now=now).id
    ids |= _looked_after(session, account_a, people["staff"], now)
    ids["batch"] = _batch(session, people["staff"], int(ids["staff_article"]), now)
    ids["vote"] = _vote(session, int(ids["article"]), now)
    ids["invitation"] = accounts.invite(
        session,
        actor=actor_of(people["staff"]),
        email="new@example.test",
        role=Role.CUSTOMER,
        account_id=account_b.id,
        now=now,
    )
    ids["file"] = files.store(session, folder=uploads, name="pixel.png", content=PIXEL, now=now).key
    ids |= _attachments(session, people, ids, uploads, now)
    ids |= _proposals(session)
    ids |= _unmatched(session, now)
    key = KeyDraft(name="Billing", scopes=[Scope.SIGNALS_WRITE])
    ids["key"] = keys.make_key(session, actor=actor_of(people["admin"]), draft=key, now=now).row.id
    session.commit()
    work()
    documents = {row.key: row.id for row in session.scalars(select(SearchDocument))}
    ids["notice"] = session.scalars(select(Notice.id).where(Notice.user_id == ids["customer"])).first() or 0
    ids["unsubscribe"] = unsubscribe_url(people["customer"].id, "kind:reply").rpartition("/")[2]
    ids |= _curation(session, int(ids["private_topic"]), int(ids["staff_article"]), now)
    ids["document"] = documents[f"article:{ids['article']}:en"]
    ids["private_document"] = documents[f"topic:{ids['private_topic']}"]
    ids["staff_document"] = documents[f"article:{ids['staff_article']}:en"]
    return World(people=people, ids=ids)


def _unmatched(session: Session, now: datetime) -> dict[str, int | str]:
    """Tell of three accounts that nobody has, the first of which is set aside."""
    names = [f"nobody-{number}" for number in range(3)]
    fact = {"kind": "feature.used", "occurred_at": now.isoformat()}
    ingest(session, [fact | {"key": name, "account": name} for name in names], source="product", now=now)
    nothing = matching.Meant(reason=f"{OF_STAFF} tests")
    matching.explain_name(
        session, actor=SYSTEM, problem=Problem.ACCOUNT, name=names[0], meant=nothing, now=now
    )
    alias = session.scalars(select(SignalAlias.id)).one()
    return {"alias": alias, "unknown": names[0], "unknown_2": names[1], "unknown_3": names[2]}


def _attachments(
    session: Session, people: dict[str, User], ids: dict[str, int | str], uploads: Path, now: datetime
) -> dict[str, int | str]:
    """Let A's customer add a file to each topic and one to nothing yet, and begin a reply."""
    customer = actor_of(people["customer"])

    def keep(word: str) -> Attachment:
        upload = Upload(name=f"{word}.txt", content=word.encode())
        return attachments.keep(session, actor=customer, folder=uploads, upload=upload, now=now)

    files = {"public_log": keep("Log"), "private_log": keep(OF_ACCOUNT_A), "unposted_log": keep("Unposted")}
    for name, topic in (("public_log", "topic"), ("private_log", "private_topic")):
        body = forum.Draft(body=written(files[name]))
        forum.reply(session, actor=customer, topic_id=int(ids[topic]), draft=body, now=now)
    begun = drafts.save(
        session,
        actor=customer,
        place=f"topic:{ids['topic']}",
        text=Begun(body="Begun"),
        window=Window(),
        now=now,
    )
    return {"draft": begun.id if begun else 0, **{name: file.token for name, file in files.items()}}


def _proposals(session: Session) -> dict[str, int | str]:
    """Propose synonyms, as people's searches would."""
    names = {f"proposal_{means}": means for means in ("bill", "receipt", "voucher")}
    found = [
        Replacement(
            key=f"invoice\n{means}",
            words="invoice",
            means=means,
            people=3,
            accounts=2,
            tried=4,
            examples=[("my invoice", f"my {means}")],
        )
        for means in names.values()
    ]
    learning.keep_proposals(session, found)
    kept = {row.means: row.id for row in session.scalars(select(SynonymProposal))}
    return {name: kept[means] for name, means in names.items()}


def _people(session: Session, account_a: Account, account_b: Account) -> dict[str, User]:
    return {
        "customer": make_user(session, account=account_a, role=Role.CUSTOMER, name="Ana Lima"),
        "peer": make_user(session, account=account_b, role=Role.CUSTOMER, name="Pia Berg"),
        "champion": make_user(session, account=account_a, role=Role.CHAMPION, name="木村 千佳"),
        "staff": make_user(session, role=Role.STAFF, name="Sam Ito"),
        "admin": make_user(session, role=Role.ADMIN, name="Ada Mori"),
    }


def _articles(session: Session, of_a: Audience) -> dict[str, int | str]:
    """Make a public section with an article in both languages, and private ones of each kind."""
    billing, room = make_section(session, "Billing"), make_section(session, f"{OF_ACCOUNT_A} billing")
    public = make_article(session, "Print the invoice", body="# Steps\n\n```\nprint\n```", section=billing)
    translate(session, public, "請求書を印刷する")

    def private(word: str, audience: Audience, status: ArticleStatus = ArticleStatus.PUBLISHED) -> int:
        body = f"This {word} invoice is not for everyone."
        section = room if word == OF_ACCOUNT_A else billing
        text = make_article(
            session, f"{word} invoice", body=body, section=section, audience=audience, status=status
        )
        return text.article_id

    return {
        "section": billing.id,
        "private_section": room.slug,
        "article": public.article_id,
        "private_article": private(OF_ACCOUNT_A, of_a),
        "plan_article": private(OF_ACCOUNT_A, frozenset({"plan:business"})),
        "staff_article": private(OF_STAFF, STAFF),
        "draft_article": private(OF_STAFF, frozenset({"public"}), ArticleStatus.DRAFT),
    }


def _shared_texts(session: Session) -> dict[str, int | str]:
    """Make a snippet and a template."""
    bodies = {"en": f"Ask {OF_STAFF}."}
    snippet = snippets.add_snippet(session, actor=SYSTEM, name="contact", bodies=bodies)
    template = article_templates.add_template(session, actor=SYSTEM, name="How to", bodies=bodies)
    return {"snippet": snippet.id, "template": template.id}


def _curation(session: Session, topic_id: int, article_id: int, now: datetime) -> dict[str, int | str]:
    """Pin what not everyone sees to what everyone asks, and let another word find it."""
    for group in (f"topic:{topic_id}", f"article:{article_id}"):
        pin = curation.add_pin(session, actor=SYSTEM, query="invoice", language=None, group=group, now=now)
    synonym = curation.add_synonym(
        session, actor=SYSTEM, words="nothing", means="invoice", is_both_ways=True, now=now
    )
    session.commit()
    return {"pin": pin.id, "synonym": synonym.id}


def _waiting(session: Session, section_id: int, now: datetime) -> int:
    """Let an article wait for a review."""
    section = session.get_one(Section, section_id)
    text = make_article(session, f"{OF_STAFF} words", section=section, status=ArticleStatus.DRAFT)
    article = article_with_texts(session, text.article_id)
    workflow.ask_for_review(session, actor=SYSTEM, article=article, language="en", now=now)
    return article.id


def _batch(session: Session, staff: User, article_id: int, now: datetime) -> int:
    """Let one of the staff verify an article from the list."""
    pick = Pick(article_id=article_id, language="en")
    return batches.carry_out(session, actor=actor_of(staff), order=Verify(), picks=[pick], now=now).id


def _task(session: Session, account: Account, now: datetime) -> int:
    task = AccountTask(account_id=account.id, kind=TaskKind.RENEWAL, due_on=now.date(), made_at=now)
    session.add(task)
    session.flush()
    return task.id


def _looked_after(session: Session, account: Account, staff: User, now: datetime) -> dict[str, int | str]:
    """Let staff write a note and plan something, and an alert be open."""
    note = notes.add(session, actor=actor_of(staff), account_id=account.id, body=OF_STAFF, now=now)
    plan = NextAction(account_id=account.id, what=OF_STAFF, due_on=now.date(), made_at=now)
    alert = AccountAlert(account_id=account.id, rule=AlertRule.SILENT, facts={"days": 21}, opened_at=now)
    session.add_all([plan, alert])
    session.flush()
    return {"note": note.id, "next_action": plan.id, "alert": alert.id}


def _vote(session: Session, article_id: int, now: datetime) -> int:
    """Let a visitor say what an article lacks."""
    votes.vote(
        session,
        actor=VISITOR,
        voter="visitor:someone",
        article_id=article_id,
        language="en",
        ballot=Ballot(is_helpful=False, reason="unclear", comment=OF_STAFF),
        now=now,
    )
    return session.scalars(select(ArticleVote.id)).one()


def _topics(session: Session, people: dict[str, User], of_a: Audience, now: datetime) -> dict[str, int | str]:
    """Make a question on a public board with a peer's answer that was reported, and one that only A sees."""
    board, room = make_board(session, slug="printing"), make_board(session, slug="room", audience=of_a)
    room.names = room.descriptions = {"en": f"{OF_ACCOUNT_A} room", "ja": f"{OF_ACCOUNT_A} の部屋"}
    asker = people["customer"]
    topic = make_topic(session, author=asker, board=board, title="Where is the invoice?", now=now)
    answer = make_reply(session, author=people["peer"], topic=topic, body="Under **Billing**.", now=now)
    private_topic = make_topic(
        session,
        author=asker,
        board=room,
        title=f"{OF_ACCOUNT_A} invoice",
        body=f"Where is the {OF_ACCOUNT_A} invoice?",
        now=now,
    )
    private_answer = make_reply(
        session, author=people["champion"], topic=private_topic, body=f"{OF_ACCOUNT_A} knows.", now=now
    )
    waiting = make_topic(session, author=asker, board=board, title="May the invoice wait?", now=now)
    private_waiting = make_topic(
        session, author=asker, board=room, title=f"{OF_ACCOUNT_A} waits for the invoice", now=now
    )
    idea = make_topic(
        session, author=asker, board=board, title="Print it twice", kind=TopicKind.IDEA, now=now
    )
    tags.add_tag(session, actor=actor_of(people["staff"]), draft=TagDraft(names={"en": "Paper"}))
    champion = actor_of(people["champion"])
    flags.flag(session, actor=champion, post_id=answer.id, reason="wrong", comment=OF_STAFF, now=now)
    return {
        "topic": topic.id,
        "idea": idea.id,
        "waiting": waiting.id,
        "private_waiting": private_waiting.id,
        "post": answer.id,
        "private_topic": private_topic.id,
        "opening": _opening(session, topic),
        "private_opening": _opening(session, private_topic),
        "private_post": private_answer.id,
    }


def _opening(session: Session, topic: Topic) -> int:
    return session.scalars(select(Post.id).where(Post.topic_id == topic.id, Post.position == 1)).one()


def _onboarding(
    session: Session, account: Account, champion: User, article_id: int, now: datetime
) -> dict[str, int | str]:
    """Make account A's checklist of three steps, the second of which its champion has ticked."""
    titles = (f"{OF_ACCOUNT_A} prints an invoice", f"{OF_ACCOUNT_A} sends an invoice")
    drafts = [draft(title, article_id=article_id) for title in titles]
    checklist = make_checklist(session, account, [*drafts, quiz_draft(f"{OF_ACCOUNT_A} knows the returns")])
    step, done_step, quiz_step = checklist.steps
    onboarding.complete_step(session, actor=actor_of(champion), step_id=done_step.id, now=now)
    maps.add_step(session, actor=SYSTEM, map_id=checklist.success_map_id, draft=draft("Invite people"))
    maps.publish(session, actor=SYSTEM, map_id=checklist.success_map_id, now=now)
    map_steps = select(MapStep.id).where(MapStep.version_id == checklist.version_id)
    spare = maps.add_map(session, actor=SYSTEM, draft=maps.MapDraft(names={"en": "Another way"}))
    maps.add_step(session, actor=SYSTEM, map_id=spare.id, draft=draft("Try it out"))
    maps.publish(session, actor=SYSTEM, map_id=spare.id, now=now)
    shared, revoked = (
        sharing.share(session, actor=actor_of(champion), checklist_id=checklist.id, days=30, now=now)
        for _ in range(2)
    )
    sharing.revoke(session, actor=actor_of(champion), link_id=revoked.id, now=now)
    nudge = Nudge(
        checklist_id=checklist.id,
        step_id=step.id,
        user_id=champion.id,
        text=f"{OF_ACCOUNT_A} waits",
        state=NudgeState.DRAFT,
        made_at=now,
    )
    session.add(nudge)
    session.flush()
    comment = talk.comment(
        session, actor=actor_of(champion), step_id=step.id, body=f"{OF_ACCOUNT_A} asks.", now=now
    )
    goal, counted_goal = (
        make_goal(session, checklist, goal_draft(f"{OF_ACCOUNT_A} sends {what}", count=count))
        for what, count in (("orders", None), ("questions", Count(kind="question.asked")))
    )
    return {
        "nudge": nudge.id,
        "checklist": checklist.id,
        "goal": goal.id,
        "counted_goal": counted_goal.id,
        "shared_link": shared.id,
        "revoked_link": token_of(revoked.id),
        "step": step.id,
        "done_step": done_step.id,
        "quiz_step": quiz_step.id,
        "step_comment": comment.id,
        "map": checklist.success_map_id,
        "map_slug": session.get_one(SuccessMap, checklist.success_map_id).slug,
        "step_key": step.key,
        "map_step": session.scalars(map_steps.order_by(MapStep.position)).first() or 0,
        "spare_map": spare.id,
    }
