"""Topics from elsewhere on their way into the community."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.audience import STAFF, Audience
from portal.accounts.external import audience_of
from portal.accounts.models import Account, User
from portal.core import outbox, revisions
from portal.core.errors import InvalidError
from portal.core.i18n import in_language
from portal.events import TopicsImported
from portal.forum import boards, nods, service, tags, verdicts
from portal.forum.findable import hide
from portal.forum.last_word import note_last_word
from portal.forum.lines import Problem, SourceBoard, SourcePerson, SourcePost, SourceTopic
from portal.forum.models import Board, Post, PostRevision, Topic
from portal.forum.nod_models import Nod
from portal.web.slugs import slugify

MARK: Final = "import:"
"""What the keys begin with by which topics, posts and people from elsewhere are known again."""
COMMENT: Final = "comment:"
"""What the keys of comments have before their own, as a reply may have the same."""


@dataclass(kw_only=True)
class Counts:
    """What an import did."""

    topics: int = 0
    replies: int = 0
    comments: int = 0
    accepted: int = 0
    votes: int = 0
    people: int = 0
    tags: int = 0
    known: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or voted; `account_id` is None for those without an account."""

    id: int
    account_id: int | None


@dataclass(kw_only=True)
class Import:
    """Topics coming to one board; `site` is the own address, `account_id` that of new people without one.

    `board_name` is None if the board is called as the source says, or by the `default_name`.
    """

    board_name: str | None
    default_name: str
    site: str
    account_id: int | None = None
    on_problem: Problem
    now: datetime
    counts: Counts = field(default_factory=Counts)

    def write(self, session: Session, batch: Sequence[SourceTopic], about: SourceBoard | None = None) -> None:
        """Store topics that are not there yet, and record that they came."""
        board = self._board(session, about)
        known = _known(session, batch, site=self.site)
        fresh = [topic for topic in batch if topic.key not in known]
        people, words = self._people(session, fresh), self._add_tags(session, fresh)
        imported = []
        for source in batch:
            if source.key in known:
                self.counts.known += 1
                continue
            known.add(source.key)
            try:
                with session.begin_nested():
                    imported.append(self._write_topic(session, source, board, people, words).id)
            except InvalidError as error:
                self.counts.refused += 1
                self.on_problem(source.place, str(error))
        if imported:
            revisions.bump(session, "forum")
            outbox.record(session, TopicsImported(topic_ids=tuple(imported)))

    def _board(self, session: Session, about: SourceBoard | None) -> Board:
        """Return the board with the name, or a new one: public, unless the source says whom it is for."""
        names = {"en": self.board_name or self.default_name, "ja": self.board_name or self.default_name}
        if about is not None and self.board_name is None:
            names = dict(about.names)
        board = session.scalar(select(Board).where(Board.slug == slugify(in_language(names, "en"))))
        if board is not None:
            return board
        draft = boards.BoardDraft(names=names, position=100)
        if about is not None:
            draft = replace(
                draft,
                descriptions=about.descriptions,
                templates=about.templates,
                audience=self._audience(session, about.audience),
                posting=self._audience(session, about.posting),
                position=about.position,
            )
        return boards.add_board(session, actor=SYSTEM, draft=draft)

    def _audience(self, session: Session, tokens: Iterable[str]) -> Audience:
        """Return for whom the board is; if that cannot be understood, it is for staff alone."""
        try:
            return audience_of(session, tokens)
        except InvalidError as error:
            self.on_problem(self.default_name, f"{error}; until then the board is for staff alone")
            return STAFF

    def _write_topic(
        self,
        session: Session,
        source: SourceTopic,
        board: Board,
        people: Mapping[str, Person],
        words: AbstractSet[str],
    ) -> Topic:
        asker = people[source.opening.author]
        topic = service.write_topic(
            session,
            board=board,
            author_id=asker.id,
            account_id=asker.account_id,
            kind=source.kind,
            draft=service.Draft(
                title=source.title,
                body=source.opening.body,
                rating=source.rating if source.rating in service.RATINGS else None,
                writer_role=source.writer_role,
                usage=source.usage,
                tags=_tags(source, words),
            ),
            at=source.opening.at,
            source_key=f"{MARK}{source.key}",
        )
        replies = service.write_posts(
            session,
            topic=topic,
            texts=[_text(reply, people, f"{MARK}{source.key}:{reply.key}") for reply in source.replies],
        )
        opening = session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()
        self._finish(session, source, topic, [opening, *replies], people)
        return topic

    def _finish(
        self,
        session: Session,
        source: SourceTopic,
        topic: Topic,
        posts: Sequence[Post],
        people: Mapping[str, Person],
    ) -> None:
        """Let everything happen to a topic that has happened to it in the source."""
        if topic.is_idea and source.idea_status:
            topic.idea_status, topic.status_note = source.idea_status, source.status_note
        topic.pinned_at, topic.closed_at = source.pinned_at, source.closed_at
        topic.archived_at = source.archived_at
        for post, came in zip(posts, source.posts, strict=True):
            _bring_up_to_date(session, topic, post, came, people)
            for said in came.comments:
                text = _text(said, people, f"{MARK}{source.key}:{COMMENT}{said.key}")
                comment = service.write_comment(session, about=post, text=text)
                _bring_up_to_date(session, topic, comment, said, people)
        _settle(session, source, topic, posts[1:])
        note_last_word(session, topic)
        if topic.is_removed:
            hide(session, posts, now=source.opening.at)
        self.counts.topics += 1
        self.counts.replies += len(source.replies)
        self.counts.comments += sum(len(came.comments) for came in source.posts)
        self.counts.accepted += topic.is_solved
        self.counts.votes += sum(len(came.nods.get(Nod.VOTE, ())) for came in source.posts)

    def _add_tags(self, session: Session, topics: Sequence[SourceTopic]) -> frozenset[str]:
        """Return the words in topics' tags that mean a tag, now that those which meant none are added."""
        wanted = {tags.folded(name): (name, topic) for topic in topics for name in topic.tags if name.strip()}
        known = set(tags.known_words(session, wanted))
        for word in sorted(wanted.keys() - known):
            name, topic = wanted[word]
            try:
                tags.add_tag(session, actor=SYSTEM, draft=tags.TagDraft(names={"en": name}))
                self.counts.tags += 1
                known.add(word)
            except InvalidError as error:
                self.on_problem(topic.place, f"tag “{name}” left out: {error}")
        return frozenset(known)

    def _people(self, session: Session, topics: Sequence[SourceTopic]) -> dict[str, Person]:
        """Return everyone whom topics name, adding those who are new.

        Who came before is known by their key; who has signed up is, if the key is their e-mail address.
        """
        keys = {key for topic in topics for post in topic.posts for key in post.people}
        said = {key: person for topic in topics for key, person in topic.people.items()}
        accounts = _accounts(session, said.values())
        origins = {f"{MARK}{self.account_id or 0}:{key}"[:200]: key for key in sorted(keys)}
        came = select(User.origin, User.id, User.account_id).where(User.origin.in_(origins))
        found = {origins[row.origin or ""]: Person(row.id, row.account_id) for row in session.execute(came)}
        addresses = {key.lower(): key for key in keys - found.keys() if "@" in key}
        signed_up = select(User.email, User.id, User.account_id).where(User.email.in_(addresses))
        found |= {
            addresses[row.email or ""]: Person(row.id, row.account_id) for row in session.execute(signed_up)
        }
        fresh = [
            self._person(origin, said.get(key, SourcePerson(name=key)), accounts)
            for origin, key in origins.items()
            if key not in found
        ]
        session.add_all(fresh)
        session.flush()
        self.counts.people += len(fresh)
        found |= {origins[user.origin or ""]: Person(user.id, user.account_id) for user in fresh}
        return {key: found[origins[f"{MARK}{self.account_id or 0}:{key}"[:200]]] for key in keys}

    def _person(self, origin: str, said: SourcePerson, accounts: Mapping[str, int]) -> User:
        return User(
            name=said.name[:120],
            role=Role.CUSTOMER,
            account_id=accounts.get(said.account or "", self.account_id),
            origin=origin,
            created_at=self.now,
        )


def _tags(source: SourceTopic, words: AbstractSet[str]) -> tuple[str, ...]:
    """Return the tags of a topic that mean something, as many as a topic may have."""
    chosen = {word: name for name in source.tags if (word := tags.folded(name)) in words}
    return tuple(chosen.values())[: tags.MOST_TAGS]


def _known(session: Session, batch: Sequence[SourceTopic], *, site: str) -> set[str]:
    """Return the keys of the topics that are there: they came before, or never left this site."""
    keys = {f"{MARK}{topic.key}": topic.key for topic in batch}
    came = select(Topic.source_key).where(Topic.source_key.in_(keys))
    known = {keys[key] for key in session.scalars(came) if key}
    own = {
        int(number): topic
        for topic in batch
        if (number := topic.key.removeprefix(address_of_topics(site))).isdecimal() and number != topic.key
    }
    here = select(Topic.id, Topic.created_at).where(Topic.id.in_(own))
    return known | {own[number].key for number, at in session.execute(here) if own[number].opening.at == at}


def address_of_topics(site: str) -> str:
    """Return what the addresses of a site's topics begin with, the only keys of what was written there."""
    return f"{site.rstrip('/')}/community/topics/"


def _accounts(session: Session, people: Iterable[SourcePerson]) -> dict[str, int]:
    names = {person.account for person in people if person.account}
    query = select(Account.external_id, Account.id).where(Account.external_id.in_(names))
    return dict(session.execute(query).all())


def _text(came: SourcePost, people: Mapping[str, Person], key: str) -> service.Text:
    author = people[came.author]
    return service.Text(
        author_id=author.id, account_id=author.account_id, body=came.body, at=came.at, source_key=key
    )


def _bring_up_to_date(
    session: Session, topic: Topic, post: Post, came: SourcePost, people: Mapping[str, Person]
) -> None:
    """Let everything happen to a post that has happened to it in the source."""
    post.is_official = came.is_official
    _nod(session, post, came, people)
    _change(session, post, came, people)
    if came.removed_at:
        _remove(session, topic, post, came, people)


def _settle(session: Session, source: SourceTopic, topic: Topic, replies: Sequence[Post]) -> None:
    """Accept what was accepted, the primary solution included, whether or not the source says when."""
    if not topic.is_question:
        return
    stand = [pair for pair in zip(source.replies, replies, strict=True) if not pair[0].removed_at]
    accepted = [
        (came.accepted_at or source.solved_at or came.at, answer)
        for came, answer in stand
        if came.accepted_at or came.key == source.accepted
    ]
    for at, answer in sorted(accepted, key=lambda pair: pair[0]):
        verdicts.settle(session, topic=topic, answer=answer, at=at)
    for came, answer in stand:
        if came.key == source.accepted:
            topic.prefer(answer)
    if topic.is_solved and source.solved_at:
        topic.solved_at = source.solved_at


def _nod(session: Session, post: Post, came: SourcePost, people: Mapping[str, Person]) -> None:
    """Keep what was said of a post with one press."""
    for nod, said in came.nods.items():
        if said:
            nods.keep(session, post, nod, {people[key].id: at for key, at in said.items()})


def _change(session: Session, post: Post, came: SourcePost, people: Mapping[str, Person]) -> None:
    """Keep what a post said before it was changed, and who changed it when."""
    session.add_all(
        PostRevision(
            post_id=post.id,
            edition=number,
            title=edition.title,
            body=edition.body,
            author_id=people[edition.author].id,
            saved_at=edition.at,
        )
        for number, edition in enumerate(came.history, 1)
    )
    post.edition = len(came.history) + 1
    post.edited_at = came.edited_at
    post.edited_by_id = people[came.edited_by].id if came.edited_by else None


def _remove(
    session: Session, topic: Topic, post: Post, came: SourcePost, people: Mapping[str, Person]
) -> None:
    post.removed_at = came.removed_at
    post.removed_by_id = people[came.removed_by].id if came.removed_by else None
    if post.is_opening:
        topic.removed_at = came.removed_at
    else:
        topic.answer_count -= not post.is_comment
        hide(session, [post], now=came.at)
