"""The errors a service may raise; `web/errors.py` alone turns them into HTTP answers."""


class PortalError(Exception):
    """Something a person can be told about.

    The message says what happened and what to do, in English with `%(name)s` places; mark it with `N_` where
    it is raised, and it is shown in the reader's language.
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params


class NotFoundError(PortalError):
    """No such thing that the actor may see (404)."""


class ForbiddenError(PortalError):
    """The actor may see the thing but not do this to it (403)."""


class ConflictError(PortalError):
    """Someone else changed the thing meanwhile, or its state does not allow this (409)."""


class InvalidError(PortalError):
    """The input cannot be used (422). `field` names the form field at fault; None when the whole input is."""

    def __init__(self, message: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class TooLargeError(InvalidError):
    """A file is larger than the site takes (413)."""


class UnsupportedError(InvalidError):
    """A file is of a kind that the site does not take (415)."""
