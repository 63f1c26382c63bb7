"""What the comparisons of a condition read of a payload."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, FromClause, Text, func, literal_column, select

from datastore_service.application.fields import PayloadPath
from datastore_service.infrastructure.database.engine.constants import number
from datastore_service.infrastructure.database.schema.paths import FEW, path_key, path_text, path_value

_name_of: Final = "place_{}".format


class PayloadPlaces:
    """What is at places in a payload.

    A value may be as large as the payload, and PostgreSQL keeps what each expression makes of it until the row is done.
    So what many comparisons read is a column of its own, which is made once.
    """

    def __init__(
        self, payload: ColumnElement[Any], repeated: Collection[Sequence[str]] = (), name: str = "places"
    ) -> None:
        """Makes them.

        Args:
            payload: The payload or, for conditions on the items of an array, an item.
            repeated: The places that many comparisons are about.
            name: The name of what has their columns.
        """
        self.payload = payload
        self.repeated = repeated
        self._name = name
        self._columns: dict[tuple[str, Sequence[str]], ColumnElement[Any]] = {}

    @classmethod
    def of(cls, payload: ColumnElement[Any], compared: Collection[PayloadPath], name: str = "places") -> Self:
        """Returns those of comparisons of these paths."""
        times = Counter(path.steps for path in compared)
        return cls(payload, {steps for steps, many in times.items() if many > FEW}, name)

    def value(self, path: PayloadPath) -> ColumnElement[Any]:
        """Returns the JSON value."""
        return self._read("value", path, path_value(self.payload, path.steps))

    def text(self, path: PayloadPath) -> ColumnElement[str]:
        """Returns the text."""
        return self._read("text", path, path_text(self.payload, path.steps))

    def lower(self, path: PayloadPath) -> ColumnElement[str]:
        """Returns the text in lower case."""
        return self._read("lower", path, func.lower(path_text(self.payload, path.steps), type_=Text))

    def key(self, path: PayloadPath) -> ColumnElement[Any]:
        """Returns the key of the value."""
        return self._read("time" if path.as_time else "key", path, path_key(self.payload, path))

    def read_from(self, once: FromClause) -> FromClause | None:
        """Returns what has the columns of their own, which stands beside what has the payload; None if there are none.

        OFFSET 0 keeps PostgreSQL from putting the expressions in the place of each use.
        """
        if not self._columns:
            return None
        columns = [column.label(_name_of(at)) for at, column in enumerate(self._columns.values())]
        return select(*columns).correlate(once).offset(number(0)).lateral(self._name)

    def _read(self, what: str, path: PayloadPath, expression: ColumnElement[Any]) -> ColumnElement[Any]:
        if path.steps not in self.repeated:
            return expression
        self._columns.setdefault((what, path.steps), expression)
        name = _name_of([*self._columns].index((what, path.steps)))
        return literal_column(f"{self._name}.{name}", expression.type)
