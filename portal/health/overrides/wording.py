"""Overrides in words, in the reader's language."""

from flask_babel import gettext as _

from portal.health.overrides.models import HealthOverride
from portal.health.wording import BANDS, points_text


def judged(override: HealthOverride) -> str:
    """Say how an account fares in someone's judgement: the band, and the points where they were given."""
    band = BANDS[override.band]()
    if override.points_e4 is None:
        return band
    return str(_("%(band)s, %(points)s points", band=band, points=points_text(override.points_e4)))
