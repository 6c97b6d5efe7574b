"""What the parts of an export come to on this site: which people, accounts and plans there are here.

What is not here is told by file and line, and never opens anything to more people than the export does.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.external import audience_of
from portal.accounts.models import PLANS, Account
from portal.accounts.queries import user_by_email
from portal.core.errors import InvalidError
from portal.imports.engawa.tree import Found, FoundArticle
from portal.imports.source import Problem
from portal.knowledge.models import ArticleStatus
from portal.knowledge.portable.fields import Value
from portal.knowledge.portable.parts import PortableArticle, PortableSection, PortableText
from portal.knowledge.service import LONGEST_TITLE
from portal.knowledge.upkeep.duties import LONGEST_INTERVAL_DAYS, Duty

_FOR_STAFF: Final = tuple(STAFF)


class Resolver:
    """Knows who is here; `problems` grow with what it could not find."""

    def __init__(self, session: Session, problems: list[Problem]) -> None:
        self._session = session
        self._problems = problems
        self._plans = {*PLANS, *session.scalars(select(Account.plan).distinct())}
        self._people: dict[str, int | None] = {}
        self._audiences: dict[str, tuple[str, ...]] = {}

    def section(self, found: Found[PortableSection], *, parent: str | None) -> PortableSection:
        """Return a section as it comes out here, below the one that is here for its parent."""
        part = found.part
        verifier, every_days = self._duty(found, part.verifier, part.verify_every_days)
        return replace(
            part,
            names={language: name.strip() for language, name in part.names.items() if name.strip()},
            parent=parent,
            verifier=verifier,
            verify_every_days=every_days,
        )

    def article(
        self,
        found: FoundArticle,
        *,
        section: str,
        site: PortableArticle | None,
        there: Collection[str],
        merged: Mapping[str, str],
    ) -> PortableArticle:
        """Return what holds for an article here; what no file says is as the site has it.

        `there` are the keys of all articles, `merged` leads from those that are taken over to the others.
        """
        about = found.about
        if about is None:
            if site is not None:
                return replace(site, section=section)
            audience = self.audience(found, site=None)
            return PortableArticle(section=section, audience=audience)
        part = about.part
        verifier, every_days = self._duty(about, part.verifier, part.verify_every_days)
        return replace(
            part,
            section=section,
            order=part.order if part.order is not None or site is None else site.order,
            audience=self.audience(found, site=site),
            verifier=verifier,
            verify_every_days=every_days,
            see_also=self._others(about, found.key, there),
            merged_into=self._merger(about, found.key, there, merged),
        )

    def text(self, found: Found[PortableText], *, site: PortableText | None, body: str) -> PortableText:
        """Return a text as it comes out here, with the links of its body as they are here."""
        part = found.part
        status = part.status
        if site is not None and site.published_at and status is ArticleStatus.DRAFT:
            self._tell(found, "status", "was published, and cannot be a draft again: archive it instead")
            status = site.status
        return replace(part, title=part.title[:LONGEST_TITLE].rstrip(), body=body, status=status)

    def person(self, email: str) -> int | None:
        """Return the id of someone of the staff; None if there is nobody of this address."""
        if email not in self._people:
            user = user_by_email(self._session, email) if email else None
            self._people[email] = user.id if user and user.is_staff and user.is_active else None
        return self._people[email]

    def duty(self, verifier: str, every_days: int | None) -> Duty:
        """Return who verifies, and how often, as it comes out here."""
        return Duty(verifier_id=self.person(verifier), every_days=every_days)

    def _duty(
        self, found: Found[PortableSection] | Found[PortableArticle], verifier: str, every_days: int | None
    ) -> tuple[str, int | None]:
        if verifier and self.person(verifier) is None:
            self._tell(found, "verifier", f"nobody of the staff here has the address {verifier}; left out")
            verifier = ""
        if every_days is not None and not 0 < every_days <= LONGEST_INTERVAL_DAYS:
            self._tell(found, "verify_every_days", "is not between one day and ten years; left out")
            every_days = None
        return verifier, every_days

    def audience(self, found: FoundArticle, *, site: PortableArticle | None) -> tuple[str, ...]:
        """Return for whom an article is; if that cannot be understood, it is for staff alone."""
        if found.key not in self._audiences:  # What is wrong with it is told once.
            self._audiences[found.key] = self._audience(found, site)
        return self._audiences[found.key]

    def _audience(self, found: FoundArticle, site: PortableArticle | None) -> tuple[str, ...]:
        about = found.about
        if about is None or not about.part.audience:
            if site is not None:
                return site.audience
            if found.texts:
                self._tell(
                    found.texts[0], "audience", "says no audience; until it does it is for staff alone"
                )
            return _FOR_STAFF
        heard = [self._is_understood(about.path, value) for value in about.fields.texts("audience")]
        return tuple(sorted(set(about.part.audience))) if all(heard) else _FOR_STAFF

    def _is_understood(self, path: str, token: Value) -> bool:
        """Tell whether it is clear whom a token names; a plan may be one that nobody has."""
        plan = token.text.removeprefix("plan:")
        try:
            audience_of(self._session, [token.text])
        except InvalidError as error:
            message = f"{error} Until then it is for staff alone."
            self._problems.append(Problem(path=path, line=token.line, message=message))
            return False
        if plan != token.text and plan not in self._plans:
            message = f"no account here has the plan {plan}, so it opens this to nobody"
            self._problems.append(Problem(path=path, line=token.line, message=message))
        return True

    def _others(self, about: Found[PortableArticle], key: str, there: Collection[str]) -> tuple[str, ...]:
        if key in about.part.see_also:
            self._tell(about, "see_also", "leads to the article itself; left out")
        return tuple(dict.fromkeys(other for other in about.part.see_also if other in there and other != key))

    def _merger(
        self, about: Found[PortableArticle], key: str, there: Collection[str], merged: Mapping[str, str]
    ) -> str:
        other = about.part.merged_into
        if other and (other == key or other in merged or other not in there):
            self._tell(about, "merged_into", "leads to no article that stands by itself; left out")
            return ""
        return other

    def _tell(
        self,
        found: Found[PortableSection] | Found[PortableArticle] | Found[PortableText],
        name: str,
        message: str,
    ) -> None:
        self._problems.append(found.problem(name, message))
