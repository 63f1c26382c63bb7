"""JSON Patch (RFC 6902): jsonpatch carries the operations out; what is equal, too much or wrong is decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, cast

import jsonpatch

from datastore_service.domain.errors import MalformedPatch, PatchConflict, PatchTestFailed
from datastore_service.domain.json_value import MAX_DEPTH, Json, same_json

MAX_OPERATIONS: Final = 1_000

MAX_COPIED: Final = 10_000_000
"""How much the `copy` operations of one patch may copy: a few hundred bytes could else double a document endlessly."""

_VALUE_WEIGHT: Final = 32  # about the memory that it takes, beside one for each character of a text
_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
"""What each operation has to have beside its `op`."""

type _Operation = dict[str, Json]


@dataclass(frozen=True, slots=True)
class JsonPatch:
    """Operations that are applied one after the other: all of them, or none."""

    operations: tuple[_Operation, ...]

    @classmethod
    def parse(cls, document: Json) -> Self:
        """Reads a patch document; members that RFC 6902 does not know are ignored, as it says (section 4).

        Raises:
            MalformedPatch: It is no JSON Patch.
        """
        if not isinstance(document, list):
            raise MalformedPatch("", "A JSON Patch is an array of operations (RFC 6902).")
        if len(document) > MAX_OPERATIONS:
            raise MalformedPatch("", f"A patch has at most {MAX_OPERATIONS} operations; this one has {len(document)}.")
        return cls(tuple(_operation(operation, f"/{index}") for index, operation in enumerate(document)))

    def apply(self, document: Json) -> Json:
        """Returns the changed document; the one given is left as it is.

        Raises:
            PatchTestFailed: A `test` did not find the value that it names.
            PatchConflict: An operation does not fit the document, or the patch copies too much.
        """
        patched, left = _copied(document), MAX_COPIED
        for index, operation in enumerate(self.operations):
            place = f"/{index}"
            if operation["op"] == "test":
                _test(operation, patched, place)
                continue
            if operation["op"] in ("move", "copy"):
                source = _source(operation, patched, place)
                left -= _weight(source, left, place) if operation["op"] == "copy" else 0
            patched = _applied(operation, patched, place)
        return patched


def _copied(value: Json) -> Json:
    """Copies arrays and objects; deepcopy, which looks for cycles, takes five times as long."""
    if isinstance(value, dict):
        return {name: _copied(member) if isinstance(member, dict | list) else member for name, member in value.items()}
    if isinstance(value, list):
        return [_copied(item) if isinstance(item, dict | list) else item for item in value]
    return value


def _operation(operation: Json, place: str) -> _Operation:
    if not isinstance(operation, dict):
        raise MalformedPatch(place, f"{place}: an operation is an object.")
    kind = operation.get("op")
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise MalformedPatch(f"{place}/op", f"{place}/op: is one of {', '.join(_MEMBERS)}.")
    for member in _MEMBERS[kind]:
        if member not in operation:
            raise MalformedPatch(f"{place}/{member}", f"{place}/{member}: is required for {kind}.")
        if member != "value":
            _check_pointer(operation[member], f"{place}/{member}")
    return operation


def _check_pointer(pointer: Json, place: str) -> None:
    try:
        if isinstance(pointer, str):
            jsonpatch.JsonPointer(pointer)
            return
    except jsonpatch.JsonPointerException:
        pass
    raise MalformedPatch(place, f"{place}: is no JSON Pointer (RFC 6901); a step follows a '/', ~0 is '~', ~1 is '/'.")


def _test(operation: _Operation, document: Json, place: str) -> None:
    """Compares as RFC 6902 has it (section 4.6); in Python 1 is equal to True, and 1e23 not to Decimal("1e23")."""
    try:
        found = _find(operation["path"], document)
    except jsonpatch.JsonPointerException:
        raise PatchTestFailed(f"{place}/path", f"{place}/path: leads nowhere in the document.") from None
    if not same_json(found, operation["value"]):
        raise PatchTestFailed(f"{place}/value", f"{place}/value: is not what the document has there.")


def _source(operation: _Operation, document: Json, place: str) -> Json:
    try:
        return _find(operation["from"], document)
    except jsonpatch.JsonPointerException:
        raise PatchConflict(f"{place}/from", f"{place}/from: leads nowhere in the document.") from None


def _find(path: Json, document: Json) -> Json:
    pointer = jsonpatch.JsonPointer(str(path))
    parent, step = pointer.to_last(document)
    if step == "-" and isinstance(parent, list):
        raise jsonpatch.JsonPointerException("- is the place after the last item")
    return cast("Json", parent if step is None else pointer.walk(parent, step))


def _weight(value: Json, left: int, place: str) -> int:
    """Returns how much of the patch's allowance a copy of the value takes."""
    weight, depth, level = 0, 0, [value]
    while level:
        weight += sum(map(_own_weight, level))
        if weight > left:
            raise PatchConflict(place, f"{place}: the patch copies more than {MAX_COPIED // 1_000_000} MB.")
        if depth > MAX_DEPTH:
            raise PatchConflict(place, f"{place}: copies what is nested more than {MAX_DEPTH} levels deep.")
        level = [inner for outer in level for inner in _members(outer)]
        depth += 1
    return weight


def _own_weight(value: Json) -> int:
    texts = value if isinstance(value, dict) else [value] if isinstance(value, str) else []
    return _VALUE_WEIGHT + sum(map(len, texts))


def _members(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _applied(operation: _Operation, document: Json, place: str) -> Json:
    try:
        return cast("Json", jsonpatch.JsonPatch([operation]).apply(document, in_place=True))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        known = isinstance(error, jsonpatch.JsonPatchConflict)
        known = known and not isinstance(error, jsonpatch.JsonPatchPathNotFound)
        reason = str(error) if known else "leads nowhere in the document"
        raise PatchConflict(f"{place}/path", f"{place}/path: {reason[:1].lower()}{reason[1:]}.") from error
