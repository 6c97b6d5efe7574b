"""The page on which staff decide about synonyms that people's own searches suggest."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.search.learning import queries, service
from portal.search.learning.models import SynonymProposal
from portal.web.errors import explain
from portal.web.paging import asked_page
from portal.web.redirects import came_from
from portal.web.spreadsheets import csv_answer

bp = Blueprint("search_learning", __name__, url_prefix="/staff/search/proposals")
bp.before_request(require_staff)

STATES: Final = {"waiting": None, "accepted": True, "dismissed": False}
PROPOSALS_A_PAGE: Final = 50


@bp.get("/")
def list_proposals() -> ResponseReturnValue:
    """Show the proposals that wait, or were decided, the surest first; or give them as a file."""
    state = request.args.get("state", "")
    state = state if state in STATES else "waiting"
    proposals = queries.proposals_for(db.session(), current_actor(), is_accepted=STATES[state])
    if request.args.get("format") == "csv":
        return csv_answer(_table(proposals), name="synonym-proposals")
    page = asked_page(PROPOSALS_A_PAGE).of(proposals)
    return render_template("search/staff/proposals.html", state=state, page=page)


def _table(proposals: Iterable[SynonymProposal]) -> Iterator[Sequence[object]]:
    """Yield proposals as the rows of a file, the names of the columns first."""
    yield (
        _("Searched for"),
        _("Found with"),
        _("People helped"),
        _("Accounts"),
        _("People who replaced it"),
        _("Evidence"),
        _("Examples"),
    )
    for one in proposals:
        examples = "; ".join(f"{before} → {after}" for before, after in one.examples)
        yield one.words, one.means, one.people, one.accounts, one.tried, one.evidence, examples


@bp.post("/<int:proposal_id>/acceptance")
def create_acceptance(proposal_id: int) -> ResponseReturnValue:
    """Make a synonym of a proposal, one way or, with `both_ways`, both ways."""
    try:
        with transaction() as session:
            proposal = service.accept_proposal(
                session,
                actor=current_actor(),
                proposal_id=proposal_id,
                is_both_ways=bool(request.form.get("both_ways")),
                now=utc_now(),
            )
            said = {"words": proposal.words, "means": proposal.means}
    except InvalidError as error:
        flash(explain(error), "warning")
    else:
        flash(_("Searches for “%(words)s” now find “%(means)s” too.", **said), "success")
    return _back()


@bp.post("/<int:proposal_id>/dismissal")
def create_dismissal(proposal_id: int) -> ResponseReturnValue:
    """Dismiss a proposal, or, with `_method=delete`, propose it again."""
    with transaction() as session:
        if request.form.get("_method") == "delete":
            service.propose_again(session, actor=current_actor(), proposal_id=proposal_id)
            flash(_("It is proposed again."), "success")
        else:
            service.dismiss_proposal(session, actor=current_actor(), proposal_id=proposal_id, now=utc_now())
            flash(_("Dismissed. It will not be proposed again."), "success")
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(came_from(request, default=url_for(".list_proposals")), 303)
