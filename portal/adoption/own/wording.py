"""Why something is recorded: which figure it feeds."""

from typing import Final

from flask_babel import lazy_gettext as _l

from portal.adoption.kinds import Category

CATEGORIES: Final = {
    Category.SELF_SERVICE: _l("Helping oneself"),
    Category.PEER_HELP: _l("Helping each other"),
    Category.ONBOARDING: _l("Onboarding"),
    Category.PRODUCT_USE: _l("Use of the product"),
    Category.FRICTION: _l("Asking the vendor"),
    Category.CORRECTION: _l("Corrections"),
}
_FEEDS: Final = (
    ("search.", _l("How many searches lead somewhere, and what people look for in vain.")),
    ("article.voted", _l("How helpful an article is.")),
    ("article.", _l("How many visits to the help center end without a question.")),
    ("topic.", _l("How many visits to the community end without a question.")),
    ("suggestion.", _l("How many questions are answered before they are sent.")),
    ("assistant.", _l("How often the assistant has an answer.")),
    ("video.", _l("How far how-to videos are watched.")),
    ("ask_form.", _l("How many who begin to ask find the answer first.")),
    ("contact_form.", _l("How many who begin to ask find the answer first.")),
    ("question.", _l("How soon questions are answered and solved.")),
    ("post.flagged", _l("How much moderators are asked to look at.")),
    ("request.", _l("How often help has to be asked for.")),
)
_BY_CATEGORY: Final = {
    Category.SELF_SERVICE: _l("How far people help themselves."),
    Category.PEER_HELP: _l("How much people help each other in the community."),
    Category.ONBOARDING: _l("How far the onboarding of your company has come."),
    Category.PRODUCT_USE: _l("How many people of your company are active, and with what."),
    Category.FRICTION: _l("How often help has to be asked for."),
    Category.CORRECTION: _l("That figures are right."),
}


def feeds(kind: str, category: Category) -> str:
    """Say which figure signals of a kind feed."""
    named = (words for beginning, words in _FEEDS if kind.startswith(beginning))
    return str(next(named, _BY_CATEGORY[category]))
