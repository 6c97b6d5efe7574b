"""What staff see of how true the knowledge base is: what is due, and what speaks against an article."""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db
from portal.insights import rows, upkeep_wording, wording
from portal.insights.upkeep import (
    Matter,
    Upkeep,
    UpkeepFilter,
    recent_ledger,
    upkeep_for,
    upkeep_of_article_for,
)
from portal.knowledge import queries as knowledge
from portal.knowledge.editing.forms import section_choices
from portal.knowledge.queries import SectionNode
from portal.knowledge.upkeep.queries import verifications_for
from portal.web.numbers import row_number
from portal.web.paging import asked_page
from portal.web.spreadsheets import csv_answer

bp = Blueprint("insights_upkeep", __name__, url_prefix="/staff/articles")
bp.before_request(require_staff)

ROWS_A_PAGE: Final = 100
SESSIONS_SHOWN: Final = 100


@bp.context_processor
def offer_words() -> dict[str, object]:
    """Give this feature's pages the words for what is the matter with articles."""
    return {"wording": wording, "words": upkeep_wording}


def _language() -> str:
    return str(get_locale())


@bp.get("/upkeep/")
def list_due() -> ResponseReturnValue:
    """Show the articles that someone has to look at, or with `format=csv` give them as a file."""
    session, actor, now = db.session(), current_actor(), utc_now()
    tree = knowledge.sections_for(session, actor)
    everything = upkeep_for(session, actor, language=_language(), now=now)
    wanted = _wanted(everything, tree, actor.user_id)
    near = [item for item in everything if wanted.is_near(item)]
    shown = [item for item in near if wanted.matter is None or wanted.matter in item.matters]
    sections = [(choice.value, choice.label) for choice in section_choices(tree, _language())]
    if request.args.get("format") == "csv":
        return csv_answer(upkeep_wording.upkeep_table(shown, dict(sections)), name="upkeep")
    return render_template(
        "insights/upkeep.html",
        page=asked_page(ROWS_A_PAGE).of(shown),
        counts={matter: sum(matter in item.matters for item in near) for matter in Matter},
        count=len(near),
        is_all_well=not everything,
        wanted=wanted,
        people=_people(everything, actor.user_id),
        sections=sections,
        section_names=dict(sections),
        now=now,
        here={"verifier": wanted.verifier, "section": wanted.section_id, "state": wanted.matter},
    )


def _wanted(everything: Sequence[Upkeep], tree: Sequence[SectionNode], user_id: int | None) -> UpkeepFilter:
    """Read the filter; whoever verifies some of the articles sees these unless they ask for others."""
    has_own = any(item.standing.verifier_id == user_id for item in everything)
    section_id = request.args.get("section", type=row_number)
    node = next((node for top in tree for _above, node in top.walk() if node.section.id == section_id), None)
    return UpkeepFilter(
        verifier=request.args.get("verifier") or ("mine" if has_own else "all"),
        user_id=user_id,
        section=node,
        matter=request.args.get("state", type=Matter),
    )


def _people(everything: Sequence[Upkeep], user_id: int | None) -> Sequence[tuple[str, str]]:
    """Return those who verify articles of the list, by name, without whoever asks."""
    named = {
        (item.verifier, str(item.standing.verifier_id))
        for item in everything
        if item.verifier and item.standing.verifier_id != user_id
    }
    return [(key, name) for name, key in sorted(named)]


@bp.get("/<int:article_id>/upkeep")
def show_upkeep(article_id: int) -> ResponseReturnValue:
    """Show all that speaks for and against an article, and who verified it when."""
    session, actor, now = db.session(), current_actor(), utc_now()
    item = upkeep_of_article_for(session, actor, article_id, language=_language(), now=now)
    escalated = item.doubts.asking.session_ids[::-1][:SESSIONS_SHOWN]
    ledger = recent_ledger(session, actor, now=now)
    return render_template(
        "insights/article_upkeep.html",
        item=item,
        sessions=rows.session_rows_for(session, actor, ledger, escalated) if escalated else (),
        verifications=verifications_for(session, actor, article_id),
        now=now,
    )
