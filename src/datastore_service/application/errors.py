"""What goes wrong between the use cases and the store."""

from datastore_service.domain.errors import DomainError


class StoreUnavailable(DomainError):
    """The database cannot be reached, or answers too late; the same request may succeed later.

    Attributes:
        retry_after: Seconds after which trying again is worth while.
    """

    code = "store_unavailable"
    retry_after = 1


class InvalidCursor(DomainError):
    """A cursor was not made by this service."""

    code = "invalid_cursor"

    def __init__(self, parameter: str) -> None:
        super().__init__(f"{parameter} is no cursor that this service has given out.")
        self.parameter = parameter


class Forbidden(DomainError):
    """The actor may not do this."""

    code = "forbidden"
