"""Parts of records over REST: `fields=id,payload.address.city`."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from datastore_service.application.questions.fields import Field, PayloadPath
from datastore_service.application.views import JsonText, PickedRecord

_PAYLOAD: Final = "payload"


def picked_members(record: PickedRecord) -> dict[str, Any]:
    """Returns what was picked, each value at its place in the record; items of arrays stand under their indexes."""
    members: dict[str, Any] = {}
    for steps, value in _widest(record.values):
        place = members
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = orjson.Fragment(value)
    return members


def _widest(values: Mapping[Field, JsonText]) -> list[tuple[tuple[str, ...], JsonText]]:
    """Leaves out what is within another value that was picked."""
    by_steps = {_steps(field): value for field, value in values.items()}
    return [
        (steps, value)
        for steps, value in by_steps.items()
        if not any(steps[:length] in by_steps for length in range(1, len(steps)))
    ]


def _steps(field: Field) -> tuple[str, ...]:
    return (_PAYLOAD, *field.steps) if isinstance(field, PayloadPath) else (str(field),)
