"""What staff see across features."""

from flask import Blueprint

from portal.accounts.current import require_staff

bp = Blueprint("insights_staff", __name__, url_prefix="/staff")
bp.before_request(require_staff)
