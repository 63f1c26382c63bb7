"""Alternatives: `anyOf` and `oneOf`."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.schema_parts import Part, canonical, mapping, sequence
from datastore_service.domain.typed.vocabulary import says_nothing


@dataclass(frozen=True, slots=True)
class Choice:
    """An `anyOf` or `oneOf` that is neither "or null" nor an enumeration.

    Attributes:
        or_null: Whether null fits whatever the alternatives say.
    """

    pointer: str
    keyword: str
    alternatives: Sequence[Part]
    or_null: bool


def constants_of(choice: Choice) -> Sequence[Json] | None:
    """Returns the values of alternatives that are nothing but distinct values; None if they are something else."""
    values: dict[object, Json] = {}
    count = 0
    for part in choice.alternatives:
        found = mapping(part.schema)
        words = {keyword for keyword in found if not says_nothing(keyword)}
        if words not in ({"const"}, {"enum"}, {"const", "type"}, {"enum", "type"}) or part.schema is True:
            return None
        if "type" in words and found["type"] != "string":
            return None
        given = [found["const"]] if "const" in found else sequence(found["enum"])
        if "type" in words and not all(isinstance(each, str) for each in given):
            return None
        count += len(given)
        values |= {canonical(each): each for each in given}
    return list(values.values()) if len(values) == count or choice.keyword == "anyOf" else None


def is_null(schema: Json) -> bool:
    """Tells whether a schema takes null and nothing else, at a glance."""
    found = {keyword: value for keyword, value in mapping(schema).items() if not says_nothing(keyword)}
    return found in ({"type": "null"}, {"type": ["null"]}, {"const": None}, {"enum": [None]})
