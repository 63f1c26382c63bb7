"""Which fields of records may be picked, and what they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from datastore_service.application.fields import Field, PayloadPath
from datastore_service.application.json_codec import decode, encode
from datastore_service.application.read.criteria.evaluation import MISSING, index_of, value_at
from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText, ProjectedRecord, RecordView
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json

MAX_FIELDS: Final = 50


def pickable(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Returns the fields, each once.

    Raises:
        InvalidValue: They are too many, or one is none that can be picked.
    """
    if len(fields) > MAX_FIELDS:
        raise InvalidValue("/fields", f"At most {MAX_FIELDS} fields are picked.")
    for index, field in enumerate(fields):
        if isinstance(field, PayloadPath) and field.as_time:
            raise InvalidValue(f"/fields/{index}", "Fields are picked as they are, not as times.")
    return tuple(dict.fromkeys(fields))


def possible_arrays(fields: Sequence[Field]) -> Sequence[tuple[str, ...]]:
    """Returns the places in a payload that the fields pick items of, if there are arrays."""
    paths = [field.steps for field in fields if isinstance(field, PayloadPath)]
    places = (steps[:place] for steps in paths for place, step in enumerate(steps) if index_of(step) is not None)
    return tuple(dict.fromkeys(places))


def lengths_in(payload: Json, fields: Sequence[Field]) -> dict[tuple[str, ...], int]:
    """Returns how many items the arrays have that the fields pick items of."""
    found = ((place, value_at(payload, place)) for place in possible_arrays(fields))
    return {place: len(value) for place, value in found if isinstance(value, list)}


def pick(record: RecordView, fields: Sequence[Field]) -> ProjectedRecord:
    """Picks the fields of a record that is there already."""
    payload = decode(record.payload.encode())
    values: dict[Field, JsonText] = {}
    for field in fields:
        if isinstance(field, PayloadPath):
            found = value_at(payload, field.steps)
            values |= {} if found is MISSING else {field: _json(cast("Json", found))}
        else:
            attribute: object = getattr(record, field)
            values |= {} if attribute is None else {field: _json(_member(attribute))}
    return ProjectedRecord(values, lengths_in(payload, fields))


def _member(value: object) -> Json:
    match value:
        case datetime():
            return timestamp(value)
        case UUID():
            return str(value)
        case tuple():
            return [*cast("tuple[str, ...]", value)]
        case _:
            return cast("Json", value)


def _json(value: Json) -> JsonText:
    return JsonText(encode(value).decode())
