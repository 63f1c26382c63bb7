"""The cost of validation by a JSON Schema: how often the same part of a value is examined, computed without a value.

Two subschemas that apply to one value, such as those of `anyOf`, may both lead to the same subschema for one of its
members. If that repeats at each level of the value, the work doubles with each level. So this module counts, for each
depth, the maximum number of subschemas that apply to one place in a value. It follows members by name:
`{left: {$ref: "#"}, right: {$ref: "#"}}` applies one subschema to each of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.json_schemas.subschemas import MOST, Subschema, Subschemas


@dataclass(frozen=True, slots=True)
class SchemaCosts:
    """The cost of a validation by a schema.

    Attributes:
        by_depth: The number of subschemas for one place in a value with so many levels; deeper values cost the last.
        is_branched: Whether the schema has alternatives.
        heaviest: JSON Pointer to the subschema with the highest cost.
    """

    by_depth: Sequence[int]
    is_branched: bool
    heaviest: str

    @classmethod
    def of(cls, schema: Json, depth: int, most: int, *, apart: bool = True) -> Self:
        """Computes the cost.

        Args:
            schema: A JSON Schema that the library accepts.
            depth: The maximum number of levels in a value.
            most: The maximum number of subschemas.
            apart: Whether alternatives that differ in a member count once, because all but one fail at that member.

        Raises:
            TooManySubschemas: There are too many to count.
            Circular: A subschema applies itself to the same value.
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
        """Returns the maximum number of subschemas that apply to one place in a value with so many levels."""
        return self.by_depth[min(depth, len(self.by_depth) - 1)]


def _deepen(order: Sequence[Subschema], nodes: Subschemas) -> bool:
    """Counts for values with one more level; returns whether the numbers have changed."""
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
