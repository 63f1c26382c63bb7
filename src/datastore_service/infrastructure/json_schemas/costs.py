"""How often a JSON Schema has the same part of a value looked at: what a validation costs, found out without a value.

Two subschemas that apply to one value, as those of `anyOf` do, may both lead to the same subschema for one of its
members. If that goes on for each level of the value, the work doubles with each level. So this counts, for each depth,
the largest number of subschemas that apply to one place of a value. It follows a value's members by their names, as
`{left: {$ref: "#"}, right: {$ref: "#"}}` applies one subschema to each of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.json_schemas.subschemas import MOST, Subschema, Subschemas


@dataclass(frozen=True, slots=True)
class SchemaCosts:
    """What a validation by a schema costs.

    Attributes:
        by_depth: How many subschemas are applied to one place of a value of so many levels; deeper ones as the last.
        is_branched: Whether it has alternatives.
        heaviest: JSON Pointer to the subschema that brings most.
    """

    by_depth: Sequence[int]
    is_branched: bool
    heaviest: str

    @classmethod
    def of(cls, schema: Json, depth: int, most: int, *, apart: bool = True) -> Self:
        """Counts.

        Args:
            schema: A JSON Schema that the library has taken.
            depth: How many levels a value may have.
            most: How many subschemas it may have.
            apart: Whether alternatives that a member tells apart count as one, since the others end at that member.

        Raises:
            TooManySubschemas: There are too many to be counted.
            Circular: One applies itself to the value that it is applied to.
        """
        nodes = Subschemas(schema, most, apart=apart)
        root = nodes.at("")
        order = nodes.ordered(root)
        counts: list[int] = []
        for _ in range(depth):
            is_settled = not _deepen(order, nodes)
            counts.append(root.most)
            if is_settled:
                break
        heaviest = max(order, key=lambda node: node.most - max((below.most for below in node.in_place), default=0))
        return cls(counts, nodes.is_branched, heaviest.pointer)

    def per_place(self, depth: int) -> int:
        """Returns the largest number of subschemas that apply to one place of a value of so many levels."""
        return self.by_depth[min(depth, len(self.by_depth) - 1)]


def _deepen(order: Sequence[Subschema], nodes: Subschemas) -> bool:
    """Counts for values of one level more; returns whether that made a difference."""
    before = {id(node): node.most for node in order}
    sums: dict[tuple[int, str], int] = {}

    def below(node: Subschema, label: str) -> int:
        label = label if label in node.labels else label[:1]
        found = sums.get((id(node), label))
        if found is None:
            nodes.step()
            found = sum(before.get(id(each), each.most) for each in node.of(label))
            found += sum(below(each, label) for each in node.in_place)
            found += sum(max(below(each, label) for each in choice) for choice in node.choices)
            sums[id(node), label] = found = min(found, MOST)
        return found

    changed = False
    for node in order:
        most = max([node.here, *(below(node, label) for label in node.labels)])
        changed = changed or most != node.most
        node.most = most
    return changed
