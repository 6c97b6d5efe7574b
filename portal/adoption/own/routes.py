"""What is recorded about the reader, over HTTP: read, downloaded, erased, left out."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.actors import Actor
from portal.accounts.current import current_actor
from portal.adoption.kinds import kind_named
from portal.adoption.matching.models import UnmatchedSignal
from portal.adoption.models import Signal
from portal.adoption.own import policies, queries, service
from portal.adoption.own.wording import CATEGORIES, feeds
from portal.adoption.wording import label_of, signal_lines
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.paging import Cursor
from portal.web.limits import limiter
from portal.web.redirects import local_path

bp = Blueprint("own_signals", __name__)


@bp.app_template_global()
def is_unnamed(account_id: int | None) -> bool:
    """Tell whether an account's passive signals are recorded without the person."""
    return queries.is_unnamed(db.session(), account_id)


@bp.get("/me/signals")
@login_required
def list_my_signals() -> ResponseReturnValue:
    """Show what is recorded about the reader, newest first: all, or a kind or category."""
    session, actor, language = db.session(), current_actor(), str(get_locale())
    wanted = request.args.get("only", "")
    after = Cursor.decode(request.args.get("after", ""))
    page = queries.my_signals_for(session, actor, wanted=wanted, after=after)
    counts = queries.my_kinds_for(session, actor)
    kinds = {name: kind_named(name) for name in counts}
    found = {signal.kind: kind_named(signal.kind) for signal in page.rows}
    return render_template(
        "adoption/own.html",
        lines=list(zip(signal_lines(page.rows, {}, language), page.rows, strict=True)),
        reasons={
            name: (kind.meaning_ja if language == "ja" else kind.meaning_en, feeds(name, kind.category))
            for name, kind in found.items()
        },
        categories=[
            (category, words)
            for category, words in CATEGORIES.items()
            if any(kind.category is category for kind in kinds.values())
        ],
        kinds=[(name, f"{label_of(kind, language)} ({counts[name]:,})") for name, kind in kinds.items()],
        number=sum(counts.values()),
        wanted=wanted,
        next_cursor=page.next_cursor,
        is_being_erased=queries.is_being_erased(session, actor),
        may_erase=policies.may_erase(actor),
        may_unname=actor.account_id is not None and policies.may_unname(actor, actor.account_id),
    )


@bp.get("/me/signals.json")
@login_required
@limiter.limit("20 per minute")
def export_my_signals() -> ResponseReturnValue:
    """Give all that is recorded about the reader as a JSON file, while it is being read."""
    lines = stream_with_context(_document(current_actor(), utc_now()))
    headers = {"Content-Disposition": "attachment; filename=signals.json", "Cache-Control": "no-store"}
    return Response(lines, mimetype="application/json", headers=headers)


def _document(actor: Actor, now: datetime) -> Iterator[str]:
    session = db.session()
    waiting = [_waiting(row) for row in queries.waiting_for_me(session, actor)]
    person = {"id": actor.user_id, "name": actor.name}
    yield f'{{"exported_at": {json.dumps(now.isoformat())}, "person": {json.dumps(person)},\n'
    yield f'"waiting": {json.dumps(waiting)},\n"signals": ['
    comma = ""
    for rows in queries.all_mine_for(session, actor):
        yield comma + ",".join(f"\n{json.dumps(_recorded(row))}" for row in rows)
        comma = ","
    yield "\n]}\n"


def _recorded(signal: Signal) -> dict[str, Any]:
    """Describe a signal without the others that it names; its key may be made from them."""
    others = kind_named(signal.kind).data.others
    return {
        "source": signal.source,
        "key": None if others else signal.key,
        "kind": signal.kind,
        "occurred_at": signal.occurred_at.isoformat(),
        "recorded_at": signal.recorded_at.isoformat(),
        "subject": signal.subject,
        "counts": signal.left_out_as is None,
        "data": _without(others, signal.data),
    }


def _waiting(row: UnmatchedSignal) -> dict[str, Any]:
    return {
        "source": row.source,
        "key": row.key,
        "kind": row.kind,
        "occurred_at": row.occurred_at.isoformat(),
        "account": row.account,
        "user": row.address,
        "data": _without(kind_named(row.kind).data.others, row.data),
    }


def _without(names: Collection[str], data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


@bp.post("/me/signals/erasure")
@login_required
@limiter.limit("20 per hour")
def create_erasure() -> ResponseReturnValue:
    """Take the reader's name out of all that is recorded."""
    with transaction() as session:
        number = service.erase_me(session, actor=current_actor(), now=utc_now())
        is_done = not queries.is_being_erased(session, current_actor())
    if is_done:  # Otherwise the page says what is left to do.
        words = ngettext(
            "Your name was taken out of %(num)d signal.",
            "Your name was taken out of %(num)d signals.",
            number,
        )
        flash(words, "success")
    return redirect(url_for(".list_my_signals"), 303)


@bp.post("/accounts/<int:account_id>/unnamed-signals")
@login_required
def update_unnamed(account_id: int) -> ResponseReturnValue:
    """Have an account's passive signals recorded without the person (or, with `_method=delete`, with it)."""
    is_wanted = request.form.get("_method") != "delete"
    with transaction() as session:
        service.leave_people_out(
            session, actor=current_actor(), account_id=account_id, is_wanted=is_wanted, now=utc_now()
        )
    if is_wanted:
        flash(_("From now on, what people look at is counted for the account only."), "success")
    else:
        flash(_("From now on, what people look at is recorded with the person again."), "success")
    return redirect(local_path(request.form.get("next"), url_for(".list_my_signals")), 303)
