"""The columns of a record, described once; tables, views, select lists, the write statement and JSON derive from them.

The content of a record is in `records`, in `revisions`, and in the views of both (adr/0088).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Column, ColumnElement, DateTime, FromClause, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """A member of a record, as a column.

    Attributes:
        name: The name of the column and of the record's member.
        type: Its SQL type, which also determines how it is written as JSON.
        in_content: Whether it belongs to the content, which each revision has as well.
        in_records: Whether `records` has the column; other members are normalised into tables of their own.
        nullable: Whether it may be NULL.
        default: The value in rows from before the column existed, or from a former release.
    """

    name: str
    type: TypeEngine[Any]
    in_content: bool = False
    in_records: bool = True
    nullable: bool = False
    default: str | None = None

    def column(self) -> Column[Any]:
        """Makes the column for a table or a view."""
        return Column(self.name, self.type, nullable=self.nullable, server_default=self.default)

    @property
    def is_array(self) -> bool:
        """Whether the driver reads it as a list."""
        return isinstance(self.type, ARRAY)

    @property
    def sql_type(self) -> str:
        """The name of the type in a statement."""
        return self.type.compile(postgresql.dialect())


RECORD: Final = (
    RecordColumn("id", Uuid()),
    RecordColumn("collection", Text(), in_records=False),
    RecordColumn("version", BigInteger()),
    RecordColumn("payload", JSONB(), in_content=True),
    RecordColumn("tags", ARRAY(Text), in_content=True, in_records=False),
    RecordColumn("created_at", DateTime(timezone=True)),
    RecordColumn("updated_at", DateTime(timezone=True)),
    RecordColumn("deleted_at", DateTime(timezone=True), nullable=True),
)
"""The members of a record, in the order of responses."""

CONTENT: Final = tuple(column for column in RECORD if column.in_content)
"""The members of the content, which revisions and changes have as well."""

CONTENT_NAMES: Final = tuple(column.name for column in CONTENT)

STORED: Final = tuple(column for column in CONTENT if column.in_records)
"""The members of the content that are columns of `records`."""

STORED_NAMES: Final = tuple(column.name for column in STORED)

ARRAYS: Final = tuple(column.name for column in RECORD if column.is_array)
"""The columns that the driver reads as lists."""


def content_of(source: FromClause) -> Sequence[ColumnElement[Any]]:
    """Returns the columns of the content in a source."""
    return [source.c[name] for name in CONTENT_NAMES]


def listed(names: Sequence[str], prefix: str = "") -> str:
    """Returns a list of the names in SQL, each with the prefix."""
    return ", ".join(f"{prefix}{name}" for name in names)
