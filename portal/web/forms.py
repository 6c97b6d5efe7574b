"""The base of all forms."""

from typing import ClassVar

from flask import request
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


class PortalForm(FlaskForm):
    """A form whose cross-site token is checked for the whole app, not per form."""

    class Meta:
        """WTForms settings."""

        csrf = False

    about_all: ClassVar[str] = "name_en"
    """The field that shows an error of the whole."""

    def blame(self, name: str | None, message: str) -> None:
        """Show an error at the field where it is mended."""
        self[name if name in self else self.about_all].errors = [message]

    def accept(self) -> bool:
        """Tell whether this is a POST with usable input; errors are on the fields otherwise."""
        valid: bool = request.method == "POST" and self.validate()
        return valid


class CheckboxesField(SelectMultipleField):
    """Any of a few choices, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
