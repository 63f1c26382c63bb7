"""JSON Schema, as far as the use cases need it."""

from collections.abc import Sequence
from typing import Protocol

from datastore_service.domain.json_value import Json


class JsonSchemas(Protocol):
    """Judges values by JSON Schemas (draft 2020-12, unless a schema's `$schema` names another draft)."""

    def check(self, schema: Json) -> None:
        """Checks that this is a JSON Schema that refers to no other document.

        Raises:
            InvalidValue: It is not a JSON Schema, or refers to another one; the pointer starts with /schema.
        """
        ...

    def is_prepared(self, schema: Json, *, formats: bool = False) -> bool:
        """Tells whether values have been held against this schema before; the first time may take a second."""
        ...

    def violations(self, schema: Json, value: Json, *, formats: bool = False) -> Sequence[tuple[str, str]]:
        """Returns what in the value does not fit: JSON Pointers into it with a reason each, the first few of them.

        Args:
            schema: A schema that `check` has taken.
            value: The value.
            formats: Whether `format` is asserted whatever the draft says, `int32` included.
        """
        ...
