"""The scalar that a place of a document has, and the texts of an enumeration."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from datastore_service.domain.typed.flattening import Flat, flatten
from datastore_service.domain.typed.model import Scalar
from datastore_service.domain.typed.schema_parts import SchemaDocument, number

_NUMBERS: Final = frozenset({"integer", "fraction"})
_INT_LEAST: Final = Decimal(-(2**31))
_INT_MOST: Final = Decimal(2**31 - 1)

_TEXTS: Final[Mapping[str, Scalar]] = {"date-time": Scalar.TIMESTAMP, "date": Scalar.DATE, "uuid": Scalar.UUID}


def settle_choices(document: SchemaDocument, flat: Flat) -> None:
    """Leaves of the kinds only those that an alternative of each choice takes."""
    for choice in flat.choices:
        kinds = frozenset[str]().union(*(flatten(document, [each]).kinds for each in choice.alternatives))
        flat.kinds &= kinds | {"null"} if choice.or_null else kinds


def scalar_of(flat: Flat) -> Scalar | None:
    """Returns the scalar for what may be at a place, null aside; None if there is none for all of it."""
    kinds = flat.kinds_beside_null
    if not kinds:
        return None
    if kinds <= _NUMBERS:
        return Scalar.NUMBER if "fraction" in kinds else Scalar.INT if _is_int(flat) else Scalar.INTEGER
    if flat.is_only("boolean"):
        return Scalar.BOOLEAN
    if flat.is_only("string"):
        formats = [each for each in flat.sets.get("format", {}).values() if isinstance(each, str)]
        return _TEXTS.get(formats[0], Scalar.STRING) if len(formats) == 1 else Scalar.STRING
    return None


def texts_of(flat: Flat) -> Sequence[str] | None:
    """Returns the texts, null aside, if nothing else may be at a place."""
    if flat.values is None or not flat.is_only("string"):
        return None
    return [each for each in flat.values.values() if isinstance(each, str)]


def _is_int(flat: Flat) -> bool:
    if "int32" in (flat.sets.get("format") or {}).values():
        return True
    numbers = (
        None if flat.values is None else [found for each in flat.values.values() if (found := number(each)) is not None]
    )
    if numbers:
        return all(_INT_LEAST <= each <= _INT_MOST for each in numbers)
    lower, upper = lower_bound(flat), upper_bound(flat)
    return (
        lower is not None
        and upper is not None
        and lower[0] >= _INT_LEAST - lower[1]
        and upper[0] <= _INT_MOST + upper[1]
    )


type Bound = tuple[Decimal, bool]
"""A bound of a number, and whether the number may not be just that."""


def lower_bound(flat: Flat) -> Bound | None:
    """Returns the tightest lower bound of a number."""
    bounds = _bounds(flat, "minimum", "exclusiveMinimum")
    return max(bounds, default=None)


def upper_bound(flat: Flat) -> Bound | None:
    """Returns the tightest upper bound of a number."""
    bounds = _bounds(flat, "maximum", "exclusiveMaximum")
    return min(bounds, key=lambda bound: (bound[0], not bound[1]), default=None)


def _bounds(flat: Flat, including: str, excluding: str) -> list[Bound]:
    given = ((including, False), (excluding, True))
    return [(flat.bounds[keyword], is_exclusive) for keyword, is_exclusive in given if keyword in flat.bounds]
