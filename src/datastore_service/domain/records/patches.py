"""Ways to change a document in part."""

from dataclasses import dataclass
from typing import Protocol

from datastore_service.domain.json_value import Json


class Patch(Protocol):
    """A change of a JSON document."""

    def apply(self, document: Json) -> Json:
        """Returns the changed document; the one given is left as it is."""
        ...


@dataclass(frozen=True, slots=True)
class MergePatch:
    """JSON Merge Patch (RFC 7396): members are set, members given as null are removed."""

    document: Json

    def apply(self, document: Json) -> Json:
        """Returns the merged document (RFC 7396, section 2)."""
        return _merge(document, self.document)


@dataclass(frozen=True, slots=True)
class Assign:
    """Sets members and takes members away, each by its path of keys; null is a value.

    Attributes:
        values: The paths with their values. Objects that are missing on the way are made.
        removed: The paths of what goes; what is not there stays away.
    """

    values: tuple[tuple[tuple[str, ...], Json], ...] = ()
    removed: tuple[tuple[str, ...], ...] = ()

    def apply(self, document: Json) -> Json:
        """Returns the changed document."""
        for path in self.removed:
            document = _without(document, path)
        for path, value in self.values:
            document = _with(document, path, value)
        return document


def _with(document: Json, path: tuple[str, ...], value: Json) -> Json:
    if not path:
        return value
    members = document if isinstance(document, dict) else {}
    return {**members, path[0]: _with(members.get(path[0]), path[1:], value)}


def _without(document: Json, path: tuple[str, ...]) -> Json:
    if not isinstance(document, dict) or path[0] not in document:
        return document
    if len(path) == 1:
        return {name: value for name, value in document.items() if name != path[0]}
    return {**document, path[0]: _without(document[path[0]], path[1:])}


def _merge(target: Json, patch: Json) -> Json:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged
