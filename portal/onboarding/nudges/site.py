"""What nudges say of the site that runs."""

from flask import current_app

from portal.core.config import Settings
from portal.onboarding.nudges.rules import Site


def site_of_letters() -> Site:
    """Describe this site."""
    settings: Settings = current_app.extensions["settings"]
    return Site(
        name=settings.site_name, address=settings.base_url.rstrip("/"), language=settings.default_language
    )
