"""PostgreSQL's 64-bit transaction ids, which SQLAlchemy does not know."""

from sqlalchemy.types import UserDefinedType

from datastore_service.library_internals.sqlalchemy import register_type


class TransactionId(UserDefinedType[int]):
    """`xid8`: grows with each transaction that writes, and never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Returns what PostgreSQL calls it."""
        return "XID8"


# So that reading the schema back, which compares it with the models, finds the type.
register_type("xid8", TransactionId)
