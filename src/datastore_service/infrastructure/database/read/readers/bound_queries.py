"""Criteria as forms and values: all criteria of one form share a statement, in which the values are parameters.

The SQL of a form is made without values, so it cannot depend on them. Each value is a parameter, with a function
that finds it in the criteria.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, literal
from sqlalchemy.types import TypeEngine

from datastore_service.application.read.criteria.conditions import Operand, comparisons_of
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.infrastructure.database.engine.statements import prepared
from datastore_service.infrastructure.database.read.readers.forms import condition_of


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """The criteria and the page of one request.

    Attributes:
        criteria: The criteria.
        operands: The operands of its comparisons, in order.
        page: The requested page; None if there is no list.
    """

    criteria: RecordCriteria
    operands: Sequence[Operand]
    page: PageRequest | None = None

    @classmethod
    def of(cls, criteria: RecordCriteria = EVERYTHING, page: PageRequest | None = None) -> "BoundQuery":
        """Collects the operands."""
        condition = condition_of(criteria)
        operands = () if condition is None else [each.operand for each in comparisons_of(condition)]
        return cls(criteria, operands, page)

    def place(self, name: str) -> Cursor:
        """Returns the position that the page comes `after` or `before`."""
        return getattr(self.page, name)


type Extractor = Callable[[BoundQuery], object]
"""Finds a value."""

type Kind = TypeEngine[Any] | type[TypeEngine[Any]]
"""The type of a value in SQL."""


class Placeholder(Protocol):
    """Makes SQL that stands for a value."""

    def __call__(self, find: Extractor, kind: Kind, /) -> ColumnElement[Any]:
        """Returns the SQL for a value of the type."""
        ...


def bound(asked: BoundQuery) -> Placeholder:
    """Returns a function that puts the values themselves into a statement that is not cached."""
    return lambda find, kind: literal(find(asked), kind)


class StatementParameters:
    """The parameters of a cached statement."""

    def __init__(self) -> None:
        self.finds: dict[BindParameter[Any], Extractor] = {}

    def __call__(self, find: Extractor, kind: Kind) -> ColumnElement[Any]:
        parameter = bindparam(f"asked_{len(self.finds)}", type_=kind, required=True)
        self.finds[parameter] = find
        return parameter


@dataclass(frozen=True, slots=True)
class PreparedStatement:
    """The statement of a form: its text, and the functions that find the arguments for $1, $2 ..."""

    text: str
    finds: Sequence[Extractor]

    def arguments(self, asked: BoundQuery) -> Sequence[object]:
        """Returns the arguments for one request."""
        return [find(asked) for find in self.finds]


def prepare(query: Select[*tuple[Any, ...]], parameters: StatementParameters) -> PreparedStatement:
    """Compiles a statement without values."""
    statement = prepared(query)
    finds = {parameter.key: find for parameter, find in parameters.finds.items()}
    return PreparedStatement(
        statement.text, [_converting(finds[name], statement.converters.get(name)) for name in statement.names]
    )


def _converting(find: Extractor, convert: Callable[[Any], Any] | None) -> Extractor:
    return find if convert is None else lambda asked: convert(find(asked))
