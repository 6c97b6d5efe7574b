"""What is chosen for many articles at once, as typed values."""

from collections.abc import Mapping
from typing import Final

from portal.knowledge.batches.models import Act
from portal.knowledge.batches.orders import Archive, Assign, BringBack, Move, Order, Publish, Readers, Verify
from portal.knowledge.editing.forms import AudienceForm, DutyForm, StandsForm
from portal.web.forms import PortalForm

NOTHING_CHOSEN: Final[Mapping[Act, Order]] = {
    order.act: order for order in (Publish(), Verify(), Assign(), Move(), Readers(), Archive(), BringBack())
}
"""Each act before anything is chosen for it."""


class OrderForm(PortalForm):
    """An act for which nothing has to be chosen."""

    def order(self, act: Act) -> Order:
        """Return what is to be done."""
        return NOTHING_CHOSEN[act]


class MoveForm(OrderForm, StandsForm):
    """Into which section articles move."""

    def order(self, act: Act) -> Order:
        """Return what is to be done."""
        return Move(self.section_id.data)


class ReadersForm(OrderForm, AudienceForm):
    """Whom articles are for."""

    def order(self, act: Act) -> Order:
        """Return what is to be done."""
        return Readers(self.audience.audience)


class AssignForm(OrderForm, DutyForm):
    """Who verifies articles, and how often."""

    def order(self, act: Act) -> Order:
        """Return what is to be done."""
        return Assign(self.duty)


FORMS: Final[Mapping[Act, type[OrderForm]]] = {
    Act.MOVE: MoveForm,
    Act.READERS: ReadersForm,
    Act.ASSIGN: AssignForm,
}
"""The forms of the acts for which something has to be chosen."""
