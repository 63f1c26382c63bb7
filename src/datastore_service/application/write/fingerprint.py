"""Fingerprints of commands: two commands that ask for the same have the same one, also in different releases."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

import orjson

from datastore_service.application.messages import Message

_BEFORE_0097: Final[Mapping[str, Sequence[str]]] = {
    "CreateRecord": ("payload", "id", "collection", "tags"),
    "DeleteRecord": ("id", "precondition"),
    "PatchRecord": ("id", "patch", "precondition"),
    "PutCollection": ("name", "schema", "retention", "precondition"),
    "ReplaceRecord": ("id", "payload", "collection", "tags", "precondition"),
    "RestoreRecord": ("id",),
    "RevertRecord": ("id", "version", "precondition"),
}
"""The members then, in their order, of classes that have changed since. It is not to be changed; adr/0097 says when it
goes.
"""


def fingerprint(message: Message[Any]) -> bytes:
    """Returns 32 bytes that are equal for messages of one type with equal members.

    The order of members does not count, neither in JSON nor in the classes of commands. A member that is as by default
    counts as not given, so a new member with a default changes no fingerprint of before (adr/0097).
    """
    return _digest(message, _dumped)


def former_fingerprint(message: Message[Any]) -> bytes:
    """Returns the fingerprint that releases before adr/0097 stored: all members, in the order of their definition."""
    return _digest(message, _dumped_formerly)


def _digest(message: Message[Any], dumped: Callable[[object], bytes]) -> bytes:
    digest = hashlib.sha256(type(message).__name__.encode())
    try:
        digest.update(dumped(message))
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits. Only Python callers send them: the JSON decoder makes such numbers decimals.
        digest.update(repr(message).encode())
    return digest.digest()


def _dumped(value: object) -> bytes:
    return orjson.dumps(value, default=_by_name, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)


def _dumped_formerly(value: object) -> bytes:
    return orjson.dumps(
        value, default=_as_defined_before, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
    )


def _by_name(value: object) -> object:
    """Gives orjson a dataclass as the members that differ from their defaults; orjson sorts them."""
    if not is_dataclass(value):
        return _plain(value)
    members = {name: getattr(value, name) for name in _defaults(type(value))}
    return {name: member for name, member in members.items() if not _is_default(member, type(value), name)}


def _is_default(member: object, kind: type, name: str) -> bool:
    default = _defaults(kind)[name]
    # An empty list and an empty tuple are the same JSON, and 0 and False are not.
    return member is default or (default is not MISSING and _dumped(member) == _dumped(default))


@cache
def _defaults(kind: Any) -> Mapping[str, object]:  # noqa: ANN401 - a class made by dataclass()
    return {member.name: _default(member) for member in fields(kind)}


def _default(member: Field[Any]) -> object:
    return member.default if member.default_factory is MISSING else member.default_factory()


def _as_defined_before(value: object) -> object:
    if not is_dataclass(value):
        return _plain(value)
    kind = type(value)
    former = _BEFORE_0097.get(kind.__name__, tuple(_defaults(kind)))
    added = [
        name for name in _defaults(kind) if name not in former and not _is_default(getattr(value, name), kind, name)
    ]
    members = [b'"%s":%s' % (name.encode(), _dumped_formerly(getattr(value, name))) for name in (*former, *added)]
    return orjson.Fragment(b"{%s}" % b",".join(members))


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case frozenset():
            return sorted(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - versions
        case _:
            raise TypeError(f"{type(value).__name__} has no fingerprint")
