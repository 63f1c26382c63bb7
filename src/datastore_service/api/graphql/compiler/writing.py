"""Writes results as JSON in the shape of a document; the writer is determined once for each shape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, Final, cast

import orjson
from graphql import GRAPHQL_MAX_INT, GraphQLField, GraphQLList, GraphQLObjectType, is_object_type

from datastore_service.api.graphql.compiled_fields import Member, NotCompiled, declaration_of
from datastore_service.api.graphql.compiler.shapes import member_name, type_below
from datastore_service.application.fields import PayloadPath
from datastore_service.application.read.criteria.evaluation import part_of
from datastore_service.application.read.selections import Constant, Selected
from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText

type Write = Callable[[Any], object]
"""Converts a result for `api.http.json_texts.written`."""

type FindMember = Callable[[str], Write]


def writer(kind: GraphQLObjectType, members: Sequence[Constant | Selected], find: FindMember = attrgetter) -> Write:
    """Returns the writer of an object with these members, or of null.

    Args:
        kind: The type of the object.
        members: In the order of the response.
        find: Returns the getter of a member by its name; by default of the attribute.
    """
    fields = {member_name(each, name): field for name, field, each in _members_of(kind)}
    written = [(member.key, _member(member, fields, find)) for member in members]

    def write(found: Any) -> object:  # noqa: ANN401 - a result of whichever kind
        return None if found is None else {key: member(found) for key, member in written}

    return write


def _members_of(kind: GraphQLObjectType) -> Iterator[tuple[str, GraphQLField, Member]]:
    for name, field in kind.fields.items():
        declared = declaration_of(field)
        if isinstance(declared, Member):
            yield name, field, declared


def _member(member: Constant | Selected, fields: Mapping[str, GraphQLField], find: FindMember) -> Write:
    if isinstance(member, Constant):
        text = orjson.Fragment(member.value)
        return lambda _: text
    found, write = find(member.name), _value(member, fields[member.name])
    return found if write is None else lambda whole: write(found(whole))


def _value(shape: Selected, field: GraphQLField) -> Write | None:
    """Returns the writer of a member; None if its value is written as it is."""
    if shape.path:
        return partial(_part, PayloadPath(shape.path))
    below = type_below(field)
    write = writer(below, shape.members) if is_object_type(below) else _LEAVES.get(below.name)
    return write and partial(_list, write) if _is_list(field) else write


def _is_list(field: GraphQLField) -> bool:
    kind = cast("Any", field).type
    return isinstance(kind, GraphQLList) or isinstance(getattr(kind, "of_type", None), GraphQLList)


def _list(write: Write, items: Sequence[Any]) -> list[object]:
    return [write(item) for item in items]


def _part(path: PayloadPath, payload: JsonText) -> orjson.Fragment:
    return orjson.Fragment(part_of(payload, path))


def _int(number: int | None) -> int | None:
    if number is not None and number > GRAPHQL_MAX_INT:
        raise NotCompiled
    return number


def _json(text: JsonText | None) -> orjson.Fragment | None:
    return None if text is None else orjson.Fragment(text)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


_LEAVES: Final[Mapping[str, Write]] = {"Int": _int, "JSON": _json, "DateTime": _moment}
"""The writers of values of these types; others are written as they are."""
