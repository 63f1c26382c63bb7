"""PostgreSQL's 64-bit transaction ids, which SQLAlchemy lacks."""

from sqlalchemy.types import UserDefinedType

from datastore_service.library_internals.sqlalchemy import register_type


class TransactionId(UserDefinedType[int]):
    """`xid8`: increases with each transaction that writes, and never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Returns PostgreSQL's name of the type."""
        return "XID8"


# Lets schema reflection, which compares the schema with the models, find the type.
register_type("xid8", TransactionId)
