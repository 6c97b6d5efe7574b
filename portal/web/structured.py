"""Things that pages describe to search engines in the words of schema.org."""

from collections.abc import Iterable

from flask import current_app

from portal.web.cards import Thing, absolute


def organisation() -> Thing:
    """Describe who runs the site."""
    name = current_app.extensions["settings"].site_name
    return {"@type": "Organization", "name": name, "url": absolute("/")}


def website() -> Thing:
    """Describe the site, and how to search it."""
    settings = current_app.extensions["settings"]
    return {
        "@type": "WebSite",
        "name": settings.site_name,
        "url": absolute("/"),
        "inLanguage": list(settings.languages),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": absolute("/search?q=") + "{search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def breadcrumbs(trail: Iterable[tuple[str, str]]) -> Thing:
    """Describe the way to a page; the trail holds label and address of each step, the page's own included."""
    steps = [
        {"@type": "ListItem", "position": position, "name": label, "item": absolute(path)}
        for position, (label, path) in enumerate(trail, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": steps}
