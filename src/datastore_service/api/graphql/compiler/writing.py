"""From results to what is written as JSON, in the shapes of a document: how is found out once for each shape."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Final

import orjson
from graphql import GRAPHQL_MAX_INT

from datastore_service.api.graphql.compiler.shapes import NotCompiled
from datastore_service.application.fields import PayloadPath
from datastore_service.application.read.criteria.evaluation import part_of
from datastore_service.application.read.selections import Constant, Member, Selected
from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText

type Write = Callable[[Any], object]
"""Returns what `api.responses.written` writes of a result."""


def writer(members: Sequence[Member], find: Callable[[str], Write] = attrgetter) -> Write:
    """Returns what writes an object with these members, or null.

    Args:
        members: In the order in which they are answered.
        find: Returns what finds a member by its name; by default it is an attribute.
    """
    written = [(member.key, _member(member, find)) for member in members]

    def write(found: Any) -> object:  # noqa: ANN401 - a result of whichever kind
        return None if found is None else {key: member(found) for key, member in written}

    return write


def _member(member: Member, find: Callable[[str], Write]) -> Write:
    if isinstance(member, Constant):
        text = orjson.Fragment(member.value)
        return lambda _: text
    found, write = find(member.name), _value(member)
    return found if write is None else lambda whole: write(found(whole))


def _value(shape: Selected) -> Write | None:
    """Returns what writes a member; None where there is nothing to be done to it."""
    if shape.name in _LISTS:
        return partial(_list, writer(shape.members))
    if shape.name == "record":
        return writer(shape.members)
    return partial(_part, PayloadPath(shape.path)) if shape.path else _LEAVES.get(shape.name)


def _list(write: Write, items: Sequence[Any]) -> list[object]:
    return [write(item) for item in items]


def _part(path: PayloadPath, payload: JsonText) -> orjson.Fragment:
    return orjson.Fragment(part_of(payload, path))


def _int(number: int) -> int:
    if number > GRAPHQL_MAX_INT:
        raise NotCompiled
    return number


_LISTS: Final = frozenset({"results", "user_errors"})
_LEAVES: Final[Mapping[str, Write]] = {
    "version": _int,
    "payload": orjson.Fragment,
    "created_at": timestamp,
    "updated_at": timestamp,
    "deleted_at": lambda moment: moment and timestamp(moment),
}
