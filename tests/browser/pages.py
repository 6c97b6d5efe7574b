"""Every page type, and the address at which each kind of reader of the demo meets it."""

from typing import Final

PAGES: Final[dict[str, dict[str, str]]] = {
    "visitor": {
        "home": "/",
        "search": "/search?q=invoice+請求書",
        "search-empty": "/search",
        "search-nothing": "/search?q=xyzzy",
        "help": "/help",
        "section": "/help/{language}/invoicing/",
        "article": "/help/{language}/articles/1-x",
        "community": "/community/",
        "board": "/community/how-to/",
        "board-unanswered": "/community/how-to/?queue=unanswered",
        "topic": "/community/topics/4",
        "topic-ja": "/community/topics/19",
        "sign-in": "/sign-in",
    },
    "customer": {
        "home": "/",
        "topic": "/community/topics/1",
        "ask": "/community/topics/new?title=CSV",
        "onboarding": "/onboarding/",
        "requests": "/support/requests/",
        "request": "/support/requests/12",
        "contact": "/support/requests/new?title=CSV",
        "inbox": "/me/notifications/",
        "profile": "/people/5",
        "team": "/me/team",
    },
    "champion": {"home": "/", "team": "/me/team", "inbox": "/me/notifications/"},
    "stuck": {"home": "/", "onboarding": "/onboarding/"},
    "staff": {
        "today": "/staff/",
        "figures": "/staff/insights/",
        "definitions": "/staff/insights/definitions",
        "rows": "/staff/insights/search_success",
        "rows-of-signals": "/staff/insights/solved_rate",
        "gaps": "/staff/gaps/",
        "moderation": "/staff/moderation/",
        "people": "/staff/people/",
        "requests": "/staff/requests/?status=answered",
        "request": "/support/requests/5",
        "accounts": "/staff/accounts/",
        "account": "/staff/accounts/1",
        "account-stuck": "/staff/accounts/5",
        "signals": "/staff/accounts/1/signals",
        "account-form": "/staff/accounts/1/edit",
        "model": "/staff/accounts/model",
        "articles": "/staff/articles/",
        "article-form": "/staff/articles/1/{language}",
        "sections": "/staff/sections/",
        "section-form": "/staff/sections/1",
        "checklists": "/staff/onboarding/",
        "checklist": "/staff/onboarding/checklists/5",
        "maps": "/staff/onboarding/maps/",
        "map": "/staff/onboarding/maps/1",
        "step": "/staff/onboarding/steps/1",
    },
    "admin": {"people": "/staff/people/"},
}
PLACES: Final = [(reader, name) for reader, names in PAGES.items() for name in names]


def address_of(reader: str, name: str, language: str) -> str:
    """Return where a page stands in a language."""
    return PAGES[reader][name].format(language=language)
