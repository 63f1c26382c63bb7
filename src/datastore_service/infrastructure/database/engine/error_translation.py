"""Tells an unavailable or overloaded database from one that rejects a statement."""

from contextlib import AbstractContextManager
from ssl import SSLCertVerificationError
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from datastore_service.application.errors import QueryTimeout, StoreUnavailable

_PASSING_STATES: Final = (
    "08",  # connection exceptions
    "25006",  # read-only: a standby that is not yet, or no longer, the primary
    "40",  # rolled back for another transaction's sake
    "53",  # insufficient resources: disk full, too many connections
    "57",  # operator intervention: shutdown, start-up, timeout
    "58",  # system errors outside of PostgreSQL
)
"""SQLSTATE prefixes (PostgreSQL, appendix A) of errors after which the same statement may succeed later."""

_DEADLOCK: Final = "40P01"
_OUT_OF_MEMORY: Final = "53200"
_LOCKED: Final = "55P03"
_CANCELLED: Final = "57014"
"""The SQLSTATE of a statement that exceeds statement_timeout."""

_WAITED_FOR_A_LOCK: Final = (
    "Another session of the database holds a lock, for which a statement has waited as long as database.lock_timeout "
    "allows; nothing was changed. Send the request again later. The operator finds the session in "
    "pg_stat_activity."
)


class _Reported:
    """Translates the many errors of an unavailable database into one; it knows nothing about its caller."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        match error:
            case None:
                return
            case PoolTimeoutError():
                raise StoreUnavailable("All connections to the database are busy.") from error
            case SSLCertVerificationError():
                # After the comma may come host names, which clients must not see.
                reason = error.verify_message.partition(",")[0]
                raise StoreUnavailable(f"The certificate of the database is not accepted: {reason}.") from error
            case OSError() | asyncpg.InterfaceError() | asyncpg.InternalClientError():
                raise StoreUnavailable("The database cannot be reached.") from error
            case DBAPIError() | asyncpg.PostgresError() if _state_of(error) == _OUT_OF_MEMORY:
                raise StoreUnavailable("The database has not enough memory for this request.") from error
            case DBAPIError() | asyncpg.PostgresError() if _state_of(error) == _CANCELLED:
                raise QueryTimeout from error
            case DBAPIError() | asyncpg.PostgresError() if _state_of(error) == _LOCKED:
                raise StoreUnavailable(_WAITED_FOR_A_LOCK) from error
            case DBAPIError() | asyncpg.PostgresError() if _will_pass(error):
                gave_way = _state_of(error) == _DEADLOCK
                raise StoreUnavailable("The database cannot do this at the moment.", gave_way=gave_way) from error
            case _:
                return


_REPORTED: Final = _Reported()


def translate_database_errors() -> AbstractContextManager[None]:
    """Translates the many errors of an unavailable database into one.

    Raises:
        QueryTimeout: A statement exceeded its time limit.
        StoreUnavailable: The database cannot be reached, or cannot execute the statement now.
    """
    return _REPORTED


def _will_pass(error: DBAPIError | asyncpg.PostgresError) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return _state_of(error).startswith(_PASSING_STATES)


def _state_of(error: DBAPIError | asyncpg.PostgresError) -> str:
    state: object = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)
    return state if isinstance(state, str) else ""
