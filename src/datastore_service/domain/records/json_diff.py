"""What a JSON Patch (RFC 6902) has to say to make one document of another."""

from typing import Final, cast

import jsonpatch

from datastore_service.domain.json_value import Json, escape_pointer, same_json
from datastore_service.domain.records.json_patch import MAX_OPERATIONS, JsonPatch

_MOST_VALUES: Final = 5_000
_LONGEST_ARRAY: Final = 200
"""What is compared member by member: the time that it takes grows with the square of an array's length."""


def json_diff(before: Json, after: Json) -> Json:
    """Returns a JSON Patch that makes the later document of the earlier one.

    Of large documents, whose comparison would take too long, it replaces what differs member by member at the top.
    """
    if _is_small(before) and _is_small(after):
        # Told apart by how they are written: in Python 1 is equal to True.
        operations = cast("list[Json]", jsonpatch.JsonPatch.from_diff(before, after, dumps=repr).patch)
        if len(operations) <= MAX_OPERATIONS and same_json(JsonPatch.parse(operations).apply(before), after):
            return operations
    return _replacements(before, after)


def _is_small(document: Json) -> bool:
    values, level = 0, [document]
    while level:
        values += len(level)
        if values > _MOST_VALUES or any(isinstance(each, list) and len(each) > _LONGEST_ARRAY for each in level):
            return False
        level = [inner for outer in level for inner in _members(outer)]
    return True


def _members(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _replacements(before: Json, after: Json) -> Json:
    if not (isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys()):
        return [{"op": "replace", "path": "", "value": after}]
    differing = [name for name in after if not same_json(before[name], after[name])]
    return [{"op": "replace", "path": f"/{escape_pointer(name)}", "value": after[name]} for name in differing]
