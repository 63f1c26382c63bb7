"""From a JSON Schema and the names that a collection is to have to a typed collection."""

from dataclasses import dataclass
from typing import Final

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.errors import Flaw, KeywordInvalid
from datastore_service.domain.typed.flattening import flatten
from datastore_service.domain.typed.flaws import Findings
from datastore_service.domain.typed.keywords import keyword_flaws, misplaced_rules
from datastore_service.domain.typed.limits import TypingLimits
from datastore_service.domain.typed.mapping import TypeMapper
from datastore_service.domain.typed.model import CollectionApi, ObjectType, TypedCollection
from datastore_service.domain.typed.names import (
    NameTable,
    names_of_records,
    root_fields,
    why_no_name,
    why_no_record,
    why_no_type,
)
from datastore_service.domain.typed.rules import reached, rules_of
from datastore_service.domain.typed.scalars import settle_choices
from datastore_service.domain.typed.schema_parts import DRAFT, SchemaDocument

_LIMITS: Final = TypingLimits()


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a schema stands for.

    Attributes:
        collection: The collection with its types; to be used only if no name is taken.
        taken: The names that two things in it would have.
    """

    collection: TypedCollection
    taken: tuple[Flaw, ...]


def typed_collection(name: str, schema: Json, api: CollectionApi, limits: TypingLimits = _LIMITS) -> Mapped:
    """Returns the types, names and rules that a schema stands for.

    Args:
        name: The name of the collection.
        schema: A JSON Schema (draft 2020-12) that the validator has taken.
        api: How the collection is called.
        limits: How large it may be.

    Raises:
        KeywordInvalid: A keyword has a bad value or stands at a bad place, or records would not have to be objects.
        NameInvalid: A name is no GraphQL name, or is reserved.
        SchemaTooLarge: It has too many members, levels or rules.
    """
    document = SchemaDocument(schema)
    if not document.is_current:
        raise KeywordInvalid([Flaw("/schema/$schema", f"A typed collection has a schema of the draft {DRAFT}.")])
    if flaws := [*keyword_flaws(document)]:
        raise KeywordInvalid(flaws)
    findings, names = Findings(), NameTable(name)
    _claim(api, names, findings)
    flat = flatten(document, [document.root])
    settle_choices(document, flat)
    if not flat.is_only("object") or flat.may_be_null or not flat.members:
        detail = "The records of a typed collection are objects: give the schema type: object, and properties."
        raise KeywordInvalid([Flaw("/schema", detail)])
    mapper = TypeMapper(document, names, findings, limits)
    root = mapper.root(flat, api.type)
    _claim_members(name, root, names)
    rules = rules_of(root, mapper.types, names, findings, limits)
    places = {place for each in reached(root, mapper.types) for place in mapper.places[each.owner, each.member.key]}
    findings.keywords.extend(misplaced_rules(document, places))
    _count(mapper, findings, limits)
    findings.refuse()
    collection = TypedCollection(
        name=name,
        api=api,
        root=root,
        types=mapper.types,
        names=names.claims,
        unset=rules.unset,
        unique=tuple(rules.unique),
        indexes=rules.indexes,
        references=rules.references,
        notes=tuple(findings.notes),
    )
    return Mapped(collection, tuple(names.taken))


def _claim(api: CollectionApi, names: NameTable, findings: Findings) -> None:
    for member, why in (
        ("type", why_no_type(api.type)),
        ("one", why_no_record(api.one)),
        ("many", why_no_name(api.many)),
    ):
        if why is not None:
            findings.name(f"/api/{member}", why)
    for name in (api.type, *names_of_records(api.type)):
        names.claim(name, "/api/type")
    for name, member in root_fields(api):
        names.claim(name, f"/api/{member}")


def _claim_members(collection: str, root: ObjectType, names: NameTable) -> None:
    """Claims the fields of the records, and those that references bring to the records of other collections."""
    for member in root.members:
        if member.name is not None:
            names.claim(f"{collection}/{member.name}", f"/schema{member.pointer}")
        if member.reference and member.reference.forward is not None:
            names.claim(f"{collection}/{member.reference.forward}", f"/schema{member.pointer}/x-references/as")


def _count(mapper: TypeMapper, findings: Findings, limits: TypingLimits) -> None:
    count = sum(len(kind.members) for kind in mapper.types.values() if isinstance(kind, ObjectType))
    if count > limits.max_members:
        findings.sizes.append(Flaw("/schema", f"The schema has {count} members; it may have {limits.max_members}."))
