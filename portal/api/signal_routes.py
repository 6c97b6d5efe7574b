"""Signals that other systems report."""

from flask import Response
from flask.typing import ResponseReturnValue

from portal.adoption.ingestion import ingest
from portal.api.bodies import read_body, signals_in
from portal.api.gate import caller_with, make_blueprint
from portal.api.keys.rules import Scope, ledger_source
from portal.api.schemas import SignalsAnswer
from portal.core.clock import utc_now
from portal.core.db import transaction

bp = make_blueprint("api_signals")


@bp.post("/signals")
def create_signals() -> ResponseReturnValue:
    """Keep the signals that can be used, whatever the others are."""
    caller = caller_with(Scope.SIGNALS_WRITE)
    items = signals_in(read_body())
    with transaction() as session:
        told = ingest(session, items, source=ledger_source(caller.source), now=utc_now())
    return Response(SignalsAnswer.model_validate(told).model_dump_json(), mimetype="application/json")
