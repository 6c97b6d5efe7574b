"""Facts whose account or person is unknown, over HTTP: staff say who is meant, or set them aside."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, get_locale, ngettext
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.adoption.kinds import kind_named
from portal.adoption.matching import queries, service
from portal.adoption.matching.forms import NameForm, SetAsideForm
from portal.adoption.matching.models import Problem
from portal.adoption.matching.queries import GroupFilter
from portal.adoption.matching.service import Meant
from portal.adoption.matching.wording import PROBLEMS, data_line, meaning
from portal.adoption.wording import label_of
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError, NotFoundError
from portal.web.errors import explain
from portal.web.numbers import row_number

bp = Blueprint("unmatched_signals", __name__, url_prefix="/staff/signals")
bp.before_request(require_staff)

LAST_PAGE: Final = 10_000


@bp.context_processor
def offer_words() -> dict[str, object]:
    """Give this feature's pages the words for problems and kinds."""
    return {
        "problems": PROBLEMS,
        "meaning": meaning,
        "data_line": data_line,
        "kind_label": lambda kind: label_of(kind_named(kind), str(get_locale())),
    }


def _text(name: str) -> str:
    return request.args.get(name, "").strip()


@bp.get("/unmatched")
def list_unmatched() -> ResponseReturnValue:
    """Show the names that nobody has, the most frequent first."""
    session, actor = db.session(), current_actor()
    wanted = GroupFilter(
        problem=request.args.get("problem", type=Problem),
        text=_text("q"),
        is_set_aside=request.args.get("state") == "aside",
        page=min(LAST_PAGE, max(1, request.args.get("page", 1, type=row_number))),
    )
    groups, has_more = queries.groups_for(session, actor, wanted)
    return render_template(
        "adoption/unmatched.html",
        groups=groups,
        has_more=has_more,
        wanted=wanted,
        kept={name: request.args[name] for name in ("problem", "q", "state") if request.args.get(name)},
    )


@bp.get("/unmatched/<problem>")
def show_name(problem: str) -> ResponseReturnValue:
    """Show what waits with a name, and let staff say who is meant."""
    if problem not in set(Problem):
        raise NotFoundError("problem")
    sent = {"problem": problem, "name": _text("name")}
    return _page(NameForm(formdata=None, data=sent), SetAsideForm(formdata=None, data=sent))


def _page(form: NameForm, aside: SetAsideForm) -> str:
    session, actor = db.session(), current_actor()
    group = queries.group_for(session, actor, problem=Problem(form.problem.data), name=form.name.data or "")
    form.target.choices = _choices(group.problem)
    return render_template(
        "adoption/name.html",
        group=group,
        samples=queries.samples_for(session, actor, group),
        form=form,
        aside=aside,
    )


def _choices(problem: Problem) -> dict[str, list[tuple[str, str]]]:
    """Return who can be meant, nobody to begin with: accounts, for an address people, account by account."""
    session, actor = db.session(), current_actor()
    nobody = {_("Choose"): [("", "–")]}
    named = [(f"account:{account.id}", account.name) for account in accounts.accounts_for(session, actor)]
    if problem is not Problem.PERSON:
        return nobody | {_("Accounts"): named}
    people: dict[str, list[tuple[str, str]]] = {}
    for account, user_id, name in queries.people_by_account_for(session, actor):
        people.setdefault(account, []).append((f"person:{user_id}", name))
    return nobody | people | {_("The account only, nobody by name"): named}


@bp.post("/aliases")
def create_alias() -> ResponseReturnValue:
    """Say who is meant by a name."""
    form = NameForm()
    return _explain(form, meant=form.meant, form=form, aside=None)


@bp.post("/aliases/nobody")
def create_setting_aside() -> ResponseReturnValue:
    """Set aside what comes with a name."""
    aside = SetAsideForm()
    return _explain(aside, meant=aside.meant, form=None, aside=aside)


def _explain(
    sent: NameForm | SetAsideForm, *, meant: Meant, form: NameForm | None, aside: SetAsideForm | None
) -> ResponseReturnValue:
    is_usable = sent.accept()
    names = {"problem": sent.problem.data, "name": sent.name.data or ""}
    if names["problem"] not in set(Problem):
        raise NotFoundError("problem")
    if is_usable:
        try:
            with transaction() as session:
                number = service.explain_name(
                    session,
                    actor=current_actor(),
                    problem=Problem(names["problem"]),
                    name=names["name"] or "",
                    meant=meant,
                    now=utc_now(),
                )
                left = queries.waiting_with(
                    session, problem=Problem(names["problem"]), name=names["name"] or ""
                )
        except InvalidError as error:
            sent.blame(error.field, explain(error))
        else:
            flash(_said(number, left, is_aside=aside is not None), "success")
            return redirect(url_for(".list_unmatched"), 303)
    form = form or NameForm(formdata=None, data=names)
    return _page(form, aside or SetAsideForm(formdata=None, data=names)), 422


def _said(number: int, left: int, *, is_aside: bool) -> str:
    if is_aside:
        return str(_("The signals with this name are set aside, and later ones too."))
    if left:
        return str(
            _(
                "%(done)s signals were recorded. %(left)s more follow within minutes.",
                done=format_decimal(number),
                left=format_decimal(left),
            )
        )
    return str(ngettext("%(num)d signal was recorded.", "%(num)d signals were recorded.", number))


@bp.get("/aliases")
def list_aliases() -> ResponseReturnValue:
    """Show what names were said to mean, and let staff take it back."""
    return render_template(
        "adoption/aliases.html", aliases=queries.aliases_for(db.session(), current_actor())
    )


@bp.post("/aliases/<int:alias_id>/retraction")
def create_retraction(alias_id: int) -> ResponseReturnValue:
    """Take back what a name was said to mean."""
    with transaction() as session:
        alias = service.take_back_alias(session, actor=current_actor(), alias_id=alias_id, now=utc_now())
        problem, name = alias.problem, alias.name
        left = queries.resting_on(session, alias)
    if left:
        words = _("Taken back. %(left)s more signals follow within minutes.", left=format_decimal(left))
    else:
        words = _("What rested on this name counts no more, and waits again.")
    flash(words, "success")
    return redirect(url_for(".list_unmatched", problem=problem, q=name), 303)
