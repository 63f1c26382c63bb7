"""PostgreSQL's 64-bit transaction ids, which SQLAlchemy does not know."""

from typing import Any, cast

from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import TypeEngine, UserDefinedType


class TransactionId(UserDefinedType[int]):
    """`xid8`: grows with each transaction that writes, and never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Returns what PostgreSQL calls it."""
        return "XID8"


# So that reading the schema back, which compares it with the models, finds the type.
cast("dict[str, type[TypeEngine[Any]]]", ischema_names)["xid8"] = TransactionId
