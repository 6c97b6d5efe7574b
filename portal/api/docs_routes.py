"""The description of the API: for programs, and for people."""

from importlib.metadata import version

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from portal.api.document import OFFERS, document
from portal.api.fields import fields_of
from portal.api.keys.wording import SCOPES
from portal.web.problems import API

bp = Blueprint("api_docs", __name__, url_prefix="/api")


@bp.get("/v1/openapi.json")
def show_document() -> ResponseReturnValue:
    """Give the OpenAPI document; it holds no secrets, so it takes no key."""
    return jsonify(document(current_app.extensions["settings"].base_url, version("engawa")))


@bp.get("/docs")
def show_docs() -> ResponseReturnValue:
    """Show the same to people."""
    base_url = current_app.extensions["settings"].base_url
    return render_template(
        "api/docs.html",
        offers=OFFERS,
        fields_of=fields_of,
        scope_names=SCOPES,
        root=base_url.rstrip("/") + API.rstrip("/"),
    )
