"""The base of all forms."""

from flask import request
from flask_wtf import FlaskForm


class PortalForm(FlaskForm):
    """A form whose cross-site token is checked for the whole app, not per form."""

    class Meta:
        """WTForms settings."""

        csrf = False

    def accept(self) -> bool:
        """Tell whether this is a POST with usable input; errors are on the fields otherwise."""
        valid: bool = request.method == "POST" and self.validate()
        return valid
