"""What goes wrong between the use cases and the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from datastore_service.domain.errors import DomainError, moment_text


class StoreUnavailable(Exception):
    """The database cannot be reached, or answers too late; the same request may succeed later.

    It says nothing of the request, and so is no `DomainError`: nothing takes it for a refusal.

    Attributes:
        code: The same in REST and GraphQL.
        detail: One sentence for a person.
        retry_after: Seconds after which trying again is worth while.
        gave_way: Whether the unit of work ended because of a deadlock, or because another command's change has a later
            time. None of its changes were kept, and it can be carried out again at once.
    """

    code: ClassVar[str] = "store_unavailable"
    retry_after: ClassVar[int] = 1

    def __init__(self, detail: str, *, gave_way: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.gave_way = gave_way


class QueryTimeout(StoreUnavailable):
    """A statement ran into its time limit, and the database cancelled it: nothing was changed.

    The same request most likely takes as long again, so neither the service nor the client is to repeat it as it is.
    """

    code = "query_timeout"

    def __init__(self, seconds: float | None = None, advice: Sequence[str] = ()) -> None:
        limit = "its time limit" if seconds is None else f"the time limit of {seconds:g} seconds"
        detail = f"The database has cancelled a statement that ran into {limit}; nothing was changed."
        if advice:
            detail += f" An index would serve it: {'; '.join(advice)}."
        else:
            detail += " Ask for less at a time, or have the operator raise database.statement_timeout."
        super().__init__(detail)
        self.seconds = seconds
        self.advice = advice


class AnswerTooLarge(DomainError):
    """The payloads of an answer that has no pages, or of many pages at once, are too large together."""

    code = "answer_too_large"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The payloads have more than {most} bytes together, which is limits.page_bytes. "
            "Ask for fewer records at once."
        )


class AsOfNotSettled(DomainError):
    """Transactions are still under way that may write at or before the time that is asked for.

    Attributes:
        retry_after: Seconds after which trying again is worth while.
    """

    code = "as_of_not_settled"
    retry_after = 1

    def __init__(self, as_of: datetime) -> None:
        super().__init__(
            f"Changes with a time of {moment_text(as_of)} or earlier are still being committed, so the state at that "
            "time is not final. Send the request again later, or ask for an earlier time."
        )


class InvalidCursor(DomainError):
    """A cursor was not made by this service."""

    code = "invalid_cursor"

    def __init__(self, parameter: str) -> None:
        super().__init__(f"{parameter} is no cursor that this service has given out.")
        self.parameter = parameter


class CursorExpired(DomainError):
    """A cursor belongs to an earlier epoch of the log: the database was restored or failed over since."""

    code = "cursor_expired"

    def __init__(self, parameter: str = "since") -> None:
        super().__init__(
            f"{parameter} is a cursor from before the database was restored or switched over to another server, where "
            "changes may have been lost; begin again, with snapshot=true for the present state."
        )
        self.parameter = parameter


class ConsumerNotFound(DomainError):
    """There is no such consumer."""

    code = "consumer_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no consumer {name!r}.")


class ConsumerAhead(DomainError):
    """A consumer has acknowledged more than it is to go back to."""

    code = "consumer_ahead"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} has acknowledged more than that; `rewind` lets it go back.")


class WebhookNotFound(DomainError):
    """There is no such webhook."""

    code = "webhook_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no webhook {name!r}.")


class TooManyStreams(DomainError):
    """As many streams are open as may be.

    Attributes:
        retry_after: Seconds after which trying again is worth while.
    """

    code = "too_many_streams"
    retry_after = 5

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} streams of changes are open, which is as many as there may be.")


class Forbidden(DomainError):
    """The actor may not do this."""

    code = "forbidden"


class IdempotencyKeyReused(DomainError):
    """An Idempotency-Key came before, with another request."""

    code = "idempotency_key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(f"The key {key!r} belongs to another request; a new request needs a new key.")


class IdempotencyKeyInFlight(DomainError):
    """The first request with this Idempotency-Key is still being carried out.

    Attributes:
        retry_after: Seconds after which its answer may be there.
    """

    code = "idempotency_key_in_flight"
    retry_after = 1

    def __init__(self, key: str) -> None:
        super().__init__(f"The request with the key {key!r} is still being carried out; its answer can be had later.")


class OperationRefused(DomainError):
    """One operation of a batch is refused, and so the batch is.

    Attributes:
        index: Which one, counted from 0.
        cause: Why; its code is the error's.
        in_patch: Whether the value that the cause points at, if it does, was put there by a patch.
    """

    code = "operation_refused"

    def __init__(self, index: int, cause: DomainError, *, in_patch: bool = False) -> None:
        super().__init__(f"Operation {index}: {cause.detail}")
        self.index = index
        self.cause = cause
        self.in_patch = in_patch


class LocalIdUnknown(DomainError):
    """An operation of a batch names a record that no earlier one has made."""

    code = "local_id_unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"No earlier operation makes a record {name!r}.")


class LocalIdTaken(DomainError):
    """Two operations of a batch call their new records the same."""

    code = "local_id_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"An earlier operation calls its record {name!r} already.")


class ReferenceMisplaced(DomainError):
    """An id of a batch cannot be put where it belongs."""

    code = "reference_misplaced"

    def __init__(self, pointer: str) -> None:
        super().__init__(f"{pointer!r} is no place in the payload where an id can be put.")


class MalformedLine(DomainError):
    """A line of an import is not what its format says."""

    code = "malformed_line"


class ImportNameTaken(DomainError):
    """An import was begun under this name with other lines, or other options."""

    code = "import_name_taken"

    def __init__(self, name: str, *, comparable: bool = True) -> None:
        """Says what to do.

        Args:
            name: The name of the import.
            comparable: Whether the earlier import kept a digest of its lines; releases before December 2026 did not.
        """
        super().__init__(
            f"An import {name!r} was begun before, with other lines or other options. To go on with it, send what was "
            "sent then, from the beginning; a new import needs a new name."
            if comparable
            else f"An import {name!r} was finished before, by a release that did not keep what its lines were. Nothing "
            "was stored, as these may be the same lines. To store them, give the import another name, or pass --again "
            "to datastore import."
        )


class ImportSuperseded(DomainError):
    """Another client continues the same import at the same time."""

    code = "import_superseded"

    def __init__(self, name: str) -> None:
        super().__init__(f"Another client continues the import {name!r}; this one has stopped.")


class SchemaChangeRefused(DomainError):
    """A change of a typed collection would leave records that do not fit, or break clients.

    Attributes:
        report: What would come of the change, as JSON text.
    """

    code = "schema_change_refused"

    def __init__(self, detail: str, report: str) -> None:
        super().__init__(detail)
        self.report = report


class SchemaChangeUnderWay(DomainError):
    """Another client has changed the collection while its records were looked at.

    Attributes:
        retry_after: Seconds after which trying again is worth while.
    """

    code = "schema_change_under_way"
    retry_after = 1

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The collection {name!r} was changed while its records were looked at; nothing was done. Read it, and "
            "send the change again."
        )
