"""Templates: what new articles of some kind begin with."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.knowledge import policies
from portal.knowledge.snippets.models import ArticleTemplate
from portal.knowledge.snippets.service import said


def templates_for(session: Session, actor: Actor) -> Sequence[ArticleTemplate]:
    """Return all templates by name; none to whoever may not write."""
    if not policies.may_write(actor):
        return ()
    return session.scalars(select(ArticleTemplate).order_by(ArticleTemplate.name)).all()


def template_for(session: Session, actor: Actor, template_id: int) -> ArticleTemplate:
    """Return one template.

    Raises:
        NotFoundError: no such template, or the actor may not write.
    """
    template = session.get(ArticleTemplate, template_id) if policies.may_write(actor) else None
    if template is None:
        raise NotFoundError("template")
    return template


def add_template(session: Session, *, actor: Actor, name: str, bodies: Mapping[str, str]) -> ArticleTemplate:
    """Add a template.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: the name is taken, or there is no text.
    """
    if not policies.may_write(actor):
        raise ForbiddenError("write templates")
    template = ArticleTemplate()
    _change(session, template, name, bodies)
    session.add(template)
    session.flush()
    return template


def update_template(
    session: Session, *, actor: Actor, template_id: int, name: str, bodies: Mapping[str, str]
) -> ArticleTemplate:
    """Rename a template or change what it says; articles that began with it stay as they are.

    Raises:
        NotFoundError: no such template that the actor may write.
        InvalidError: the name is taken, or there is no text.
    """
    template = template_for(session, actor, template_id)
    _change(session, template, name, bodies)
    return template


def _change(session: Session, template: ArticleTemplate, name: str, bodies: Mapping[str, str]) -> None:
    name = " ".join(name.split())
    others = select(ArticleTemplate.id).where(
        ArticleTemplate.name == name, ArticleTemplate.id.is_distinct_from(template.id)
    )
    if session.scalar(others) is not None:
        raise InvalidError(N_("There is one of this name already."), field="name")
    template.name, template.bodies = name, said(bodies)


def remove_template(session: Session, *, actor: Actor, template_id: int) -> None:
    """Forget a template.

    Raises:
        NotFoundError: no such template that the actor may write.
    """
    session.delete(template_for(session, actor, template_id))
