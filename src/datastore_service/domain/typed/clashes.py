"""Members of a union's alternatives that no query could select together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from datastore_service.domain.typed.model import ListOf, Member, Named, NamedType, ObjectType, TypeReference


def clashes(objects: Sequence[ObjectType], types: Mapping[str, NamedType]) -> Iterator[tuple[Member, Member]]:
    """Returns the members with one name whose answers would have different types (GraphQL, section 5.3.2)."""
    yield from _Comparison(types).of(objects)


class _Comparison:
    def __init__(self, types: Mapping[str, NamedType]) -> None:
        self._types = types
        self._seen: set[tuple[str, str]] = set()

    def of(self, objects: Sequence[ObjectType]) -> Iterator[tuple[Member, Member]]:
        named: dict[str, list[Member]] = {}
        for each in objects:
            for member in each.members:
                if member.name is not None and member.in_output:
                    named.setdefault(member.name, []).append(member)
        for members in named.values():
            for one, other in combinations(members, 2):
                if one.nullable_in_output != other.nullable_in_output or not self._are_alike(one.type, other.type):
                    yield other, one

    def _are_alike(self, one: TypeReference, other: TypeReference) -> bool:
        if isinstance(one, ListOf) and isinstance(other, ListOf):
            return one.nullable_items == other.nullable_items and self._are_alike(one.item, other.item)
        if one == other or not (isinstance(one, Named) and isinstance(other, Named)):
            return one == other
        if (one.name, other.name) in self._seen:
            return True
        self._seen.add((one.name, other.name))
        first, second = self._types.get(one.name), self._types.get(other.name)
        if isinstance(first, ObjectType) and isinstance(second, ObjectType):
            return next(self.of([first, second]), None) is None
        return False
