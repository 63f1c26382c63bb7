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
