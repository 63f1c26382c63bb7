"""JSON Schema validation by jsonschema-rs, which keeps all digits of numbers, with limits on the work."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, Final, cast

import jsonschema_rs

from datastore_service.application.json_codec import decode, encode
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import MAX_DEPTH, Json, escape_pointer
from datastore_service.infrastructure.json_schemas.costs import SchemaCosts
from datastore_service.infrastructure.json_schemas.formats import with_int32_bounds
from datastore_service.infrastructure.json_schemas.patterns import characters, patterns_of, written_out
from datastore_service.infrastructure.json_schemas.subschemas import Circular, TooManySubschemas, Uncountable

_SHOWN: Final = 10

MOST_PER_PLACE: Final = 10_000
"""The maximum number of subschemas that a schema may apply to one place in a value."""

MOST_SUBSCHEMAS: Final = 5_000
_MOST_KEPT: Final = 50_000
"""The limit for schemas from before there was one: counting takes a second or two, once."""

MOST_CHECKS: Final = 2_000_000
"""The maximum number of subschemas that one validation may apply: a fifth of a second."""

_MOST_EXPLAINED: Final = 10_000
"""The limit if errors are collected, which takes fifty times as long and keeps what all alternatives report."""

MOST_OF_A_PATTERN: Final = 1_000
"""The maximum number of characters and sets in a regular expression once its counted repetitions are expanded."""

MOST_PATTERN_STEPS: Final = 10_000_000
"""The maximum number of these that may be examined for the texts of one value: half a second at worst."""

_SMALL_PATTERN: Final = 100
"""Expressions up to this size are not counted: a request cannot contain enough text for them to matter."""

_FEW: Final = 8
"""This many subschemas for one place are acceptable for any value that a request can contain."""


_TOO_LARGE: Final = (
    "The payload is too large, or nested too deeply, for the schema of its collection: the validation would take more "
    f"than {MOST_CHECKS} steps."
)

_TOO_MUCH_TEXT: Final = (
    "The payload has too much text for the regular expressions in the schema of its collection: the validation would "
    f"take more than {MOST_PATTERN_STEPS} steps. In the schema, use maxLength instead of counted repetitions."
)


class CompiledJsonSchemas:
    """Compiles each schema once."""

    def check(self, schema: Json) -> None:
        if not isinstance(schema, dict | bool):
            raise InvalidValue("/schema", "A JSON Schema must be an object or a boolean.")
        try:
            _validator(schema)
        except jsonschema_rs.ValidationError as error:
            reason = str(error).partition("\n")[0]
            raise InvalidValue(
                f"/schema{_pointer(error.instance_path)}", f"This is not a JSON Schema: {reason}."
            ) from error
        except jsonschema_rs.ReferencingError as error:
            raise InvalidValue("/schema", f"A reference leads out of the schema: {error}.") from error
        _check_costs(schema)
        _check_patterns(schema)

    def is_prepared(self, schema: Json, *, formats: bool = False) -> bool:
        return _schema(encode(schema), formats=formats).is_compiled

    def violations(self, schema: Json, value: Json, *, formats: bool = False) -> Sequence[tuple[str, str]]:
        compiled = _schema(encode(schema), formats=formats).compiled
        if compiled.costs is None:
            return [("", "Validation by the collection's schema costs too much; give the collection another schema.")]
        size, depth = (1, 1) if compiled.costs.per_place(MAX_DEPTH) <= _FEW else _measured(value)
        if size * compiled.costs.per_place(depth) > MOST_CHECKS:
            return [("", _TOO_LARGE)]
        if compiled.largest_pattern and characters(value) * compiled.largest_pattern > MOST_PATTERN_STEPS:
            return [("", _TOO_MUCH_TEXT)]
        return [] if compiled.validator.is_valid(value) else compiled.explained(value)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A compiled schema.

    Attributes:
        validator: The library's validator.
        costs: The cost of deciding whether a value conforms; None if it is unknown.
        costs_explained: The cost of collecting errors, for which every alternative counts.
        largest_pattern: The size of its largest regular expression, expanded; 0 if all are small.
    """

    validator: Any
    costs: SchemaCosts | None
    costs_explained: SchemaCosts | None
    largest_pattern: int

    def explained(self, value: Json) -> Sequence[tuple[str, str]]:
        """Returns the errors: the first few, or only the first for a large value, or only that there are errors."""
        size, depth = _measured(value)
        if self.costs_explained and size * self.costs_explained.per_place(depth) <= _MOST_EXPLAINED:
            found: list[jsonschema_rs.ValidationError] = list(islice(self.validator.iter_errors(value), _SHOWN))
        elif self.costs_explained and not self.costs_explained.is_branched:
            found = [_first_error(self.validator, value)]
        else:
            return [
                ("", "The payload does not fit the schema of its collection; it is too large to locate the errors.")
            ]
        return [(_pointer(error.instance_path), error.message) for error in found]


class _Schema:
    """A schema that is compiled when it is needed first, which takes long if it is large."""

    def __init__(self, text: bytes, formats: bool) -> None:
        self._text = text
        self._formats = formats

    @property
    def is_compiled(self) -> bool:
        return "compiled" in self.__dict__

    @cached_property
    def compiled(self) -> _Compiled:
        return _compiled(decode(self._text), self._formats)


@lru_cache(maxsize=256)
def _schema(text: bytes, *, formats: bool) -> _Schema:
    return _Schema(text, formats)


def _compiled(decoded: Json, formats: bool) -> _Compiled:
    costs = _costs(decoded, apart=True)
    largest = max((written_out(pattern) for _, pattern in patterns_of(decoded)), default=0)
    return _Compiled(
        validator=_validator(with_int32_bounds(decoded), formats=True) if formats else _validator(decoded),
        costs=costs,
        costs_explained=costs and _costs(decoded, apart=False),
        largest_pattern=largest if largest > _SMALL_PATTERN else 0,
    )


def _validator(schema: Json, *, formats: bool | None = None) -> Any:  # noqa: ANN401 - one of the library's classes
    # The messages leave out the values, which may be large; references are not fetched.
    return jsonschema_rs.validator_for(
        cast("Any", schema),
        mask="the value",
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(),
        validate_formats=formats,
    )


def _costs(schema: Json, *, apart: bool) -> SchemaCosts | None:
    try:
        return SchemaCosts.of(schema, MAX_DEPTH, _MOST_KEPT, apart=apart)
    except Uncountable:
        return None


def _check_costs(schema: Json) -> None:
    try:
        costs = SchemaCosts.of(schema, MAX_DEPTH, MOST_SUBSCHEMAS)
    except Circular as error:
        pointer = f"/schema{error.pointer}"
        raise InvalidValue(pointer, f"{pointer} applies itself to the same value again, endlessly.") from error
    except TooManySubschemas as error:
        raise InvalidValue("/schema", f"The schema has more than {MOST_SUBSCHEMAS} subschemas.") from error
    if (found := costs.per_place(MAX_DEPTH)) > MOST_PER_PLACE:
        pointer = f"/schema{costs.heaviest}"
        raise InvalidValue(
            pointer,
            f"{pointer} makes the schema apply {'too many' if found > MOST_PER_PLACE**2 else found} subschemas to one "
            f"place of a deep payload; it may apply {MOST_PER_PLACE}. Let only one of the alternatives lead to the "
            "same subschema, or have each require a member that only it allows, by const or enum.",
        )


def _check_patterns(schema: Json) -> None:
    for place, pattern in patterns_of(schema):
        if (found := written_out(pattern)) > MOST_OF_A_PATTERN:
            pointer = f"/schema{place}"
            raise InvalidValue(
                pointer,
                f"{pointer} has {found} characters and sets when its repetitions are expanded; the maximum is "
                f"{MOST_OF_A_PATTERN}. Bound the length of a text by maxLength.",
            )


def _first_error(validator: Any, value: Json) -> jsonschema_rs.ValidationError:  # noqa: ANN401 - the library's
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return error
    raise AssertionError("what is not valid has an error")


def _measured(value: Json) -> tuple[int, int]:
    """Returns the number of values, including keys, and the number of levels."""
    size, depth, level = 0, 0, [value]
    while level:
        size, depth = size + len(level), depth + 1
        level = [inner for outer in level if isinstance(outer, list | dict) for inner in _inner(outer)]
    return size, depth


def _inner(value: list[Json] | dict[str, Json]) -> Sequence[Json]:
    return [*value.values()] if isinstance(value, dict) else value


def _pointer(path: Sequence[str | int]) -> str:
    return "".join(f"/{escape_pointer(step)}" for step in path)
