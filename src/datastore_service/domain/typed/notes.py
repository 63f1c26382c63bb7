"""Why a place stays JSON, and what of a schema has no part in the types."""

from typing import Final

from datastore_service.domain.typed.flattening import Flat
from datastore_service.domain.typed.flaws import Findings
from datastore_service.domain.typed.schema_parts import mapping

_STANDARD: Final = frozenset(
    {*("$ref", "$dynamicRef", "$anchor", "$dynamicAnchor", "contains", "dependentRequired", "dependentSchemas", "else")}
    | {*("if", "maxContains", "minContains", "not", "patternProperties", "prefixItems", "propertyNames", "then")}
    | {*("unevaluatedItems", "unevaluatedProperties", "$vocabulary")}
)


def note_what_is_left_out(flat: Flat, findings: Findings) -> None:
    """Notes the keywords that narrow what may be at a place, but not its type."""
    for choice in flat.choices:
        findings.note(
            choice.pointer, f"{choice.keyword} is checked when a record is written; the type does not show it."
        )
    for part in flat.opaque:
        [keyword] = (word.removesuffix(" or null") for word in mapping(part.schema))
        if keyword in _STANDARD:
            findings.note(part.pointer, f"{keyword} is checked when a record is written; the type does not show it.")
        else:
            findings.note(part.pointer, f"{keyword} is no keyword of JSON Schema, and has no effect.")


def is_tuple(flat: Flat) -> bool:
    """Tells whether an array has items that differ by their positions."""
    return any("prefixItems" in mapping(part.schema) for part in flat.parts)


def why_json(flat: Flat, *, is_whole: bool) -> tuple[str, str]:
    """Says why a place has no type but JSON, with the pointer to the keyword that is to blame.

    Args:
        flat: What may be there.
        is_whole: Whether it is a reference to the whole schema.
    """
    kinds = flat.kinds_beside_null
    if is_whole:
        return flat.pointer, "Stays JSON: a reference to the whole schema has no type; put what it means into $defs."
    if not kinds:
        return flat.pointer, "Stays JSON: no value but null fits." if flat.may_be_null else "Stays JSON: no value fits."
    if flat.choices:
        choice = flat.choices[0]
        which = "objects that no required const tells apart" if flat.is_only("object") else "values of several types"
        return choice.pointer, f"Stays JSON: {_article(choice.keyword)} of {which} has no type in GraphQL."
    for part in flat.opaque:
        [keyword] = (word.removesuffix(" or null") for word in mapping(part.schema))
        if keyword in _STANDARD:
            return part.pointer, f"Stays JSON: {keyword} has no type in GraphQL."
    objects, arrays = flat.is_only("object"), flat.is_only("array")
    what = "an object without properties" if objects else "an array without items" if arrays else "a value of any type"
    return flat.pointer, f"Stays JSON: {what} has no type in GraphQL."


def _article(keyword: str) -> str:
    return f"an {keyword}" if keyword.startswith("a") else f"a {keyword}"
