"""The keywords of JSON Schema that Datastore gives a meaning, and its own, which begin with `x-`.

Unknown keywords that begin with `x-` are kept, and have no effect.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast, get_args

from datastore_service.domain.records.values import is_collection_name
from datastore_service.domain.typed.errors import Flaw
from datastore_service.domain.typed.model import Generated, OnTargetDeleted, Reference, Unique
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument, mapping, sequence, subschemas

NOT_YET: Final = ("x-computed", "x-copied-from")
"""Keywords that are reserved for a meaning that they do not have yet."""

RULES: Final = ("x-unique", "x-index", "x-references")
"""Keywords that say something about the records of a collection together: they stand at members of records only."""

_INDEXES: Final = ("text", "time")


def keyword_flaws(document: SchemaDocument) -> Iterator[Flaw]:
    """Returns a flaw for each keyword in the schema whose value it does not take."""
    for part in subschemas(document.root):
        for keyword, value in mapping(part.schema).items():
            if (why := why_invalid(keyword, value)) is not None:
                yield Flaw(f"/schema{part.at(keyword)}", f"{keyword} {why}.")


def misplaced_rules(document: SchemaDocument, places: set[str]) -> Iterator[Flaw]:
    """Returns a flaw for each rule that stands at none of these subschemas."""
    for part in subschemas(document.root):
        for keyword in RULES:
            if keyword in mapping(part.schema) and part.pointer not in places:
                yield Flaw(
                    f"/schema{part.at(keyword)}",
                    f"{keyword} stands at a member of a record, or of an object in it, and not in arrays, in "
                    "alternatives or below itself.",
                )


def why_invalid(keyword: str, value: object) -> str | None:
    """Says why a keyword does not take this value; None if it does, or if the keyword is not known."""
    check = _CHECKS.get(keyword)
    return None if check is None else check(value)


def unique_of(value: Any) -> Unique | None:  # noqa: ANN401 - JSON
    """Returns what a valid `x-unique` says."""
    if value in (None, False):
        return None
    found = mapping(value)
    return Unique(
        beside=tuple(sequence(found.get("with"))), fold=found.get("fold"), nulls=found.get("nulls", "distinct")
    )


def reference_of(value: Any) -> Reference | None:  # noqa: ANN401 - JSON
    """Returns what a valid `x-references` says."""
    if value is None:
        return None
    found = mapping(value)
    return Reference(
        collection=found["collection"],
        forward=found.get("as"),
        back=found.get("back"),
        on_delete=found.get("on_delete", "restrict"),
    )


def generated_of(value: Any) -> Generated | None:  # noqa: ANN401 - JSON
    """Returns what a valid `x-default` says."""
    return value


def annotations_of(part: Part) -> Mapping[str, Any]:
    """Returns the keywords of extensions at a subschema."""
    return {keyword: value for keyword, value in mapping(part.schema).items() if keyword.startswith("x-")}


def _one_of(*values: object) -> Callable[[object], str | None]:
    shown = " or ".join(repr(value) if isinstance(value, str) else str(value).lower() for value in values)
    return lambda value: None if _is_in(value, values) else f"is {shown}"


def _is_in(value: object, values: tuple[object, ...]) -> bool:
    # 1 is no true.
    return any(type(value) is type(each) and value == each for each in values)


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value else "is a text"


def _name_or_false(value: object) -> str | None:
    return None if value is False or isinstance(value, str) else "is a name, or false"


def _names_of_values(value: object) -> str | None:
    is_object = isinstance(value, dict)
    if is_object and all(isinstance(each, str) for each in mapping(cast("object", value)).values()):
        return None
    return "is an object with a name for each value that is no name itself"


def _unique(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    found = mapping(value)
    if not isinstance(value, dict) or not found.keys() <= {"with", "fold", "nulls"}:
        return "is true, or an object that may have the members with, fold and nulls"
    beside = sequence(found.get("with"))
    if not isinstance(found.get("with", []), list) or not all(isinstance(each, str) for each in beside):
        return "has in with an array of names of members"
    if len(set(beside)) < len(beside):
        return "names a member in with twice"
    if found.get("fold", "lower") != "lower":
        return "has in fold 'lower'"
    return None if found.get("nulls", "distinct") in ("distinct", "equal") else "has in nulls 'distinct' or 'equal'"


def _references(value: object) -> str | None:
    found = mapping(value)
    if not isinstance(value, dict) or not {"collection"} <= found.keys() <= {"collection", "as", "back", "on_delete"}:
        return "is an object with the member collection, which may have the members as, back and on_delete"
    collection = found["collection"]
    if not isinstance(collection, str) or not is_collection_name(collection):
        return "has in collection the name of a collection"
    if not all(isinstance(found.get(name, ""), str) for name in ("as", "back")):
        return "has in as and back the names of fields"
    actions = cast("tuple[str, ...]", get_args(OnTargetDeleted.__value__))
    return None if found.get("on_delete", "none") in actions else "has in on_delete 'restrict', 'detach' or 'none'"


_FLAG: Final = _one_of(True, False)

_CHECKS: Final[Mapping[str, Callable[[object], str | None]]] = {
    "deprecated": _FLAG,
    "readOnly": _FLAG,
    "writeOnly": _FLAG,
    "x-default": _one_of("now", "uuid7", "actor"),
    "x-deprecated": _text,
    "x-enum": _one_of("open"),
    "x-enum-names": _names_of_values,
    "x-filter": _FLAG,
    "x-immutable": _FLAG,
    "x-index": _one_of(True, False, *_INDEXES),
    "x-name": _name_or_false,
    "x-references": _references,
    "x-type": _text,
    "x-unique": _unique,
}
