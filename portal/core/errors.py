"""The errors a service may raise; `web/errors.py` alone turns them into HTTP answers."""


class PortalError(Exception):
    """Something a person can be told about; the message says what happened and what to do."""


class NotFoundError(PortalError):
    """No such thing that the actor may see (404)."""


class ForbiddenError(PortalError):
    """The actor may see the thing but not do this to it (403)."""


class ConflictError(PortalError):
    """Someone else changed the thing meanwhile, or its state does not allow this (409)."""


class InvalidError(PortalError):
    """The input cannot be used (422).

    `field` names the form field at fault; None when the whole input is.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
