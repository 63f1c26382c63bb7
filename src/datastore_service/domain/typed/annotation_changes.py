"""How the keywords differ that say nothing of values: names, defaults, rules, and who gets or gives a member."""

from collections.abc import Iterator
from typing import Final

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.changes import Change, ChangeKind, change
from datastore_service.domain.typed.flattening import Flat
from datastore_service.domain.typed.schema_parts import canonical, mapping

_NAMES: Final = ("x-name", "x-type", "x-enum-names")
_DEFAULTS: Final = ("default", "x-default")


def annotation_changes(old: Flat, new: Flat, member: str) -> Iterator[Change]:
    """Returns the differences."""
    for keyword in _NAMES:
        if _differs(old, new, keyword):
            yield change("renamed", _place(old, new, keyword), member)
    if _differs(old, new, "x-enum"):
        yield change("type_changed", _place(old, new, "x-enum"), member, documents="yes")
    yield from _defaults(old, new, member)
    yield from _rules(old, new, member)
    yield from _flag(old, new, "x-immutable", "immutable_added", "immutable_removed", member)
    yield from _flag(old, new, "x-filter", "filter_removed", "filter_added", member)
    yield from _access(old, new, member)


def _defaults(old: Flat, new: Flat, member: str) -> Iterator[Change]:
    had, has = (any(keyword in flat.annotations for keyword in _DEFAULTS) for flat in (old, new))
    for keyword in _DEFAULTS:
        if _differs(old, new, keyword):
            yield change("default_removed" if had and not has else "default_changed", _place(old, new, keyword), member)


def _rules(old: Flat, new: Flat, member: str) -> Iterator[Change]:
    if _differs(old, new, "x-unique"):
        is_added = new.annotation("x-unique") not in (None, False)
        yield change("unique_added" if is_added else "unique_removed", _place(old, new, "x-unique"), member)
    if _differs(old, new, "x-references"):
        before, after = mapping(old.annotation("x-references")), mapping(new.annotation("x-references"))
        if after:
            yield change("reference_added", _place(old, new, "x-references"), member)
        # A field that leads elsewhere is another field.
        names = ("collection", "as", "back")
        if before and any(before.get(name) != after.get(name) for name in names):
            yield change("reference_removed", _place(old, new, "x-references"), member)


def _flag(old: Flat, new: Flat, keyword: str, added: ChangeKind, removed: ChangeKind, member: str) -> Iterator[Change]:
    # x-filter has an effect if it is false, the others if they are true.
    telling = keyword != "x-filter"
    before, after = (flat.annotation(keyword) is telling for flat in (old, new))
    if before != after:
        yield change(added if after else removed, _place(old, new, keyword), member)


def _access(old: Flat, new: Flat, member: str) -> Iterator[Change]:
    for keyword in ("readOnly", "writeOnly"):
        before, after = (flat.annotation(keyword) is True for flat in (old, new))
        if before == after:
            continue
        kind: ChangeKind = "access_narrowed" if after else "access_widened"
        place = _place(old, new, keyword)
        if keyword == "writeOnly":
            yield change(kind, place, member, writers="compatible")
        else:
            # A member that comes into the inputs may be one that has to be given.
            yield change(kind, place, member, readers="compatible", writers="breaking")


def _differs(old: Flat, new: Flat, keyword: str) -> bool:
    return _of(old, keyword) != _of(new, keyword)


def _of(flat: Flat, keyword: str) -> object:
    if keyword not in flat.annotations:
        return None
    value: Json = flat.annotations[keyword].schema
    return canonical(value)


def _place(old: Flat, new: Flat, keyword: str) -> str:
    return (new if keyword in new.annotations else old).annotations[keyword].pointer
