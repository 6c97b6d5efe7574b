"""What people send about being asked about steps."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from portal.web.forms import PortalForm


class PeerForm(PortalForm):
    """Whether someone may be asked."""

    may_be_asked = BooleanField(
        _l("Others may ask me about steps I have finished"),
        description=_l(
            "People of other companies who come to such a step see your name, which leads to your profile, "
            "and your company."
        ),
    )
