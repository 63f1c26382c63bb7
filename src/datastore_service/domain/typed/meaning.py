"""What parts of a schema mean, for comparing them: with all that they refer to, and without what says nothing."""

from collections.abc import Iterator, Sequence

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.flattening import Flat
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument, canonical, mapping

type Meaning = frozenset[object]
"""Equal for two parts of schemas if they mean the same; parts that mean the same may have different ones."""


def meaning(document: SchemaDocument, parts: Sequence[Part]) -> Meaning:
    """Returns what subschemas, or values of keywords, mean."""
    return frozenset(_with_targets(document, [part.schema for part in parts]))


def meaning_of_opaque(document: SchemaDocument, flat: Flat) -> Meaning:
    """Returns what the keywords mean that are not understood."""
    return meaning(document, flat.opaque)


def meaning_of_choices(document: SchemaDocument, flat: Flat) -> frozenset[Meaning]:
    """Returns what each of the alternatives mean."""
    return frozenset(
        frozenset(
            {
                ("choice", each.keyword, each.or_null),
                *_ordered(each.alternatives),
                *meaning(document, each.alternatives),
            }
        )
        for each in flat.choices
    )


def coverage(flat: Flat) -> object:
    """Returns which members each subschema has `additionalProperties` and `patternProperties` for."""
    return [
        (
            frozenset(mapping(found.get("properties"))),
            canonical(found.get("patternProperties")),
            "additionalProperties" in found,
        )
        for part in flat.parts
        if (found := mapping(part.schema)).keys() & {"properties", "patternProperties", "additionalProperties"}
    ]


def has_patterns(flat: Flat) -> bool:
    """Tells whether members are declared by patterns."""
    return any("patternProperties" in mapping(part.schema) for part in flat.parts)


def has_unevaluated(flat: Flat) -> bool:
    """Tells whether there is a keyword that is about what no other keyword has looked at."""
    return any("unevaluated" in keyword for part in flat.opaque for keyword in mapping(part.schema))


def _ordered(parts: Sequence[Part]) -> Iterator[object]:
    for index, part in enumerate(parts):
        yield index, canonical(part.schema)


def _with_targets(document: SchemaDocument, schemas: Sequence[Json]) -> Iterator[object]:
    waiting = [*schemas]
    seen: set[str] = set()
    for schema in schemas:
        yield canonical(schema)
    while waiting:
        match waiting.pop():
            case dict() as found:
                reference = found.get("$ref")
                target = document.target(reference)
                if target is not None and target.pointer not in seen:
                    seen.add(target.pointer)
                    yield target.pointer, canonical(target.schema)
                    waiting.append(target.schema)
                waiting.extend(found.values())
            case list() as found:
                waiting.extend(found)
            case _:
                pass
