"""Parts of records over REST: `fields=id,payload.address.city`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import orjson

from datastore_service.application.fields import Field, PayloadPath
from datastore_service.application.views import JsonText, ProjectedRecord

_PAYLOAD: Final = "payload"

type _Step = str | int
"""A key of an object, or an index of an array, counted from its beginning."""


def picked_members(record: ProjectedRecord) -> dict[str, Any]:
    """Returns the projected values, each at its place in the record; in arrays, items that were not selected are null.

    An array ends with its last selected item.
    """
    members: dict[_Step, Any] = {}
    for steps, value in _widest(record):
        place = members
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = orjson.Fragment(value)
    return cast("dict[str, Any]", _shaped(members))


def _shaped(node: object) -> object:
    """Turns nodes with indexes into arrays; a place in a record never has both indexes and keys."""
    if not isinstance(node, dict):
        return node
    members = cast("dict[_Step, object]", node)
    indexes = [step for step in members if isinstance(step, int)]
    if indexes:
        return [_shaped(members.get(index)) for index in range(max(indexes) + 1)]
    return {step: _shaped(member) for step, member in members.items()}


def _widest(record: ProjectedRecord) -> list[tuple[Sequence[_Step], JsonText]]:
    """Leaves out values that are within another selected value."""
    by_steps = {_steps(field, record.lengths): value for field, value in record.values.items()}
    return [
        (steps, value)
        for steps, value in by_steps.items()
        if not any(steps[:length] in by_steps for length in range(1, len(steps)))
    ]


def _steps(field: Field, lengths: Mapping[tuple[str, ...], int]) -> tuple[_Step, ...]:
    if not isinstance(field, PayloadPath):
        return (str(field),)
    steps = field.steps
    return (_PAYLOAD, *(_step(step, lengths.get(steps[:place])) for place, step in enumerate(steps)))


def _step(step: str, length: int | None) -> _Step:
    if length is None:
        return step
    index = int(step)
    return index if index >= 0 else index + length
