"""What the page of an account calls things, in the reader's language."""

from typing import Final

from flask_babel import lazy_gettext as _l

from portal.adoption.kinds import KINDS, PRODUCT, Category

CATEGORIES: Final = {
    Category.SELF_SERVICE: _l("Self-service"),
    Category.PEER_HELP: _l("Peer help"),
    Category.ONBOARDING: _l("Onboarding"),
    Category.PRODUCT_USE: _l("Product use"),
    Category.FRICTION: _l("Friction"),
    Category.CORRECTION: _l("Corrections"),
}


def kinds_in(category: Category | str) -> list[str]:
    """Return the kinds of a category, with all that the product made up where it is about its use."""
    kinds = [kind.name for kind in KINDS.values() if kind.category == category]
    return [*kinds, f"{PRODUCT}*"] if category == Category.PRODUCT_USE else kinds
