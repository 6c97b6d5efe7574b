"""Who may keep files on the site; whoever knows a file's address may see it."""

from portal.accounts.actors import Actor


def may_upload(actor: Actor) -> bool:
    """Staff add pictures and videos to what they write."""
    return actor.is_staff
