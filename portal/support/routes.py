"""The contact form that tries not to be needed, and what became of requests."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor, note, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.notifications.watching import see
from portal.search.routes import similar_to
from portal.support import policies, queries, service
from portal.support.forms import ReplyForm, RequestForm
from portal.support.models import RequestStatus, SupportRequest
from portal.web.errors import explain
from portal.web.limits import limiter

bp = Blueprint("support", __name__, url_prefix="/support/requests")
staff_bp = Blueprint("support_staff", __name__, url_prefix="/staff/requests")
staff_bp.before_request(require_staff)


@bp.get("/new")
@login_required
def new_request() -> ResponseReturnValue:
    """Offer answers first, then the form."""
    note("contact_form.opened")
    return _request_form(RequestForm(data={"title": request.args.get("title", "")}))


def _request_form(form: RequestForm) -> str:
    return render_template("support/new_request.html", form=form, found=similar_to(form.title.data or ""))


@bp.post("/new")
@login_required
@limiter.limit("30 per minute")
def create_request() -> ResponseReturnValue:
    """Send a request to staff; what was typed stays on the page if it cannot be used."""
    form = RequestForm()
    if not form.accept():
        return _request_form(form), 422
    try:
        with transaction() as session:
            opened = service.open_request(
                session, actor=current_actor(), title=form.title.data, body=form.body.data, now=utc_now()
            )
            request_id = opened.id
    except InvalidError as error:
        form[error.field or "body"].errors = [explain(error)]
        return _request_form(form), 422
    flash(_("Sent. We will answer here and tell you in your inbox."), "posted")
    return redirect(url_for("support.show_request", request_id=request_id), 303)


@bp.get("/")
@login_required
def list_requests() -> ResponseReturnValue:
    """Show one's own requests; the champion sees the account's."""
    return render_template(
        "support/requests.html", requests=queries.requests_for(db.session(), current_actor())
    )


@bp.get("/<int:request_id>")
@login_required
def show_request(request_id: int) -> ResponseReturnValue:
    """Show a request with its messages."""
    see(f"request:{request_id}")
    found = queries.request_for(db.session(), current_actor(), request_id)
    return _request_page(found, ReplyForm())


def _request_page(found: SupportRequest, form: ReplyForm) -> str:
    may_resolve = policies.may_resolve(current_actor(), found)
    return render_template("support/request.html", request_=found, form=form, may_resolve=may_resolve)


@bp.post("/<int:request_id>/replies")
@login_required
@limiter.limit("60 per minute")
def create_reply(request_id: int) -> ResponseReturnValue:
    """Add a message."""
    form, actor = ReplyForm(), current_actor()
    if form.accept():
        try:
            with transaction() as session:
                service.reply(session, actor=actor, request_id=request_id, body=form.body.data, now=utc_now())
            flash(_("Sent."), "posted")
            return redirect(url_for("support.show_request", request_id=request_id), 303)
        except InvalidError as error:
            form.body.errors = [explain(error)]
    return _request_page(queries.request_for(db.session(), actor, request_id), form), 422


@bp.post("/<int:request_id>/resolution")
@login_required
def create_resolution(request_id: int) -> ResponseReturnValue:
    """Say that a request is settled."""
    with transaction() as session:
        service.resolve(session, actor=current_actor(), request_id=request_id, now=utc_now())
    flash(_("Good. The request is closed."), "success")
    return redirect(url_for("support.show_request", request_id=request_id), 303)


@staff_bp.get("/")
def list_all_requests() -> ResponseReturnValue:
    """Show what waits for staff, oldest first."""
    wanted = request.args.get("status", RequestStatus.OPEN.value)
    status = RequestStatus(wanted) if wanted in set(RequestStatus) else RequestStatus.OPEN
    rows = queries.requests_for(db.session(), current_actor(), status=status, oldest_first=True)
    return render_template("support/staff_requests.html", requests=rows, status=status)
