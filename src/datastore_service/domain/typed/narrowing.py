"""What two subschemas say of the values at a place, apart from what is inside them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from datastore_service.domain.typed.changes import Change, Documents, change
from datastore_service.domain.typed.flattening import Flat
from datastore_service.domain.typed.model import Scalar
from datastore_service.domain.typed.scalars import Bound, lower_bound, scalar_of, texts_of, upper_bound
from datastore_service.domain.typed.schema_parts import mapping

_NUMBERS: Final = frozenset({"integer", "fraction"})
_SIZES: Final[Mapping[str, tuple[frozenset[str], bool]]] = {
    "minLength": (frozenset({"string"}), False),
    "maxLength": (frozenset({"string"}), True),
    "minItems": (frozenset({"array"}), False),
    "maxItems": (frozenset({"array"}), True),
    "minProperties": (frozenset({"object"}), False),
    "maxProperties": (frozenset({"object"}), True),
}
"""The kinds of values that each bound is about, and whether it is an upper one."""

_SETS: Final[Mapping[str, frozenset[str]]] = {
    "format": frozenset({"string"}),
    "multipleOf": _NUMBERS,
    "pattern": frozenset({"string"}),
    "uniqueItems": frozenset({"array"}),
}


def place_of(flat: Flat, *keywords: str) -> str:
    """Returns the pointer to the first of these keywords that a subschema has; otherwise that of the place."""
    for part in flat.parts:
        for keyword in keywords:
            if keyword in mapping(part.schema):
                return part.at(keyword)
    return flat.pointer


def narrowings(old: Flat, new: Flat, member: str, *, always_there: bool) -> Iterator[Change]:
    """Returns how the values that may be at a place differ.

    Args:
        old: What they had to be.
        new: What they have to be.
        member: JSON Pointer to the place in documents.
        always_there: Whether each document has a value at this place.
    """
    types = [*_kinds(old, new, member, always_there=always_there)]
    yield from types
    values = [*_values(old, new, member)]
    yield from values
    is_told = any(
        each.kind in ("type_changed", "enumeration_added", "enumeration_removed") for each in [*types, *values]
    )
    before, after = scalar_of(old), scalar_of(new)
    if before is not after and not is_told:
        is_wider = (before, after) == (Scalar.INT, Scalar.INTEGER)
        yield change(
            "type_changed",
            place_of(new, "type", "format"),
            member,
            documents="yes",
            writers="compatible" if is_wider else None,
        )
    yield from _bounds(old, new, member)


def _kinds(old: Flat, new: Flat, member: str, *, always_there: bool) -> Iterator[Change]:
    lost, gained = old.kinds - new.kinds, new.kinds - old.kinds
    place = place_of(new, "type", "enum", "const")
    if (lost | gained) - {"null"}:
        none_fits = always_there and not old.kinds & new.kinds
        documents: Documents = "no" if none_fits else "check" if lost else "yes"
        yield change("type_changed", place, member, documents=documents)
    elif lost or gained:
        yield change("null_forbidden" if lost else "null_allowed", place, member)


def _values(old: Flat, new: Flat, member: str) -> Iterator[Change]:
    place = place_of(new, "enum", "const")
    if old.values is None or new.values is None:
        if old.values is not new.values:
            yield change("enumeration_removed" if new.values is None else "enumeration_added", place, member)
        return
    before, after = ({key for key, each in values.items() if each is not None} for values in (old.values, new.values))
    if after - before:
        is_open = new.annotation("x-enum") == "open" and texts_of(new) is not None
        yield change("values_added", place, member, readers="compatible" if is_open else None)
    if before - after:
        yield change("values_removed", place, member)


def _bounds(old: Flat, new: Flat, member: str) -> Iterator[Change]:
    shared = old.kinds & new.kinds
    if shared & _NUMBERS:
        yield from _bound(
            _negated(lower_bound(old)), _negated(lower_bound(new)), place_of(new, "minimum", "exclusiveMinimum"), member
        )
        yield from _bound(upper_bound(old), upper_bound(new), place_of(new, "maximum", "exclusiveMaximum"), member)
    for keyword, (kinds, is_upper) in _SIZES.items():
        if shared & kinds:
            before, after = (_size(flat.bounds.get(keyword), is_upper=is_upper) for flat in (old, new))
            yield from _bound(before, after, place_of(new, keyword), member)
    for keyword, kinds in _SETS.items():
        before_all, after_all = (flat.sets.get(keyword, {}).keys() for flat in (old, new))
        if shared & kinds and before_all != after_all:
            yield change("looser" if after_all <= before_all else "tighter", place_of(new, keyword), member)


def _bound(before: Bound | None, after: Bound | None, place: str, member: str) -> Iterator[Change]:
    """Compares two upper bounds."""
    if before == after:
        return
    if after is None:
        yield change("looser", place, member)
        return
    # An exclusive bound is the tighter one of two at the same number.
    is_looser = before is not None and (before[0], not before[1]) < (after[0], not after[1])
    yield change("looser" if is_looser else "tighter", place, member)


def _size(bound: Decimal | None, *, is_upper: bool) -> Bound | None:
    if bound is None or (not is_upper and not bound):
        return None
    return (bound if is_upper else -bound), False


def _negated(bound: Bound | None) -> Bound | None:
    return None if bound is None else (-bound[0], bound[1])
