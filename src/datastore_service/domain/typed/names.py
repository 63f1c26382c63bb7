"""The names that typed collections give to types and fields, and that no two things may have."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from datastore_service.domain.typed.errors import Flaw
from datastore_service.domain.typed.model import COMPARISONS, Claim, CollectionApi, EnumType, NamedType, Scalar

_NAME: Final = re.compile("[_A-Za-z][_0-9A-Za-z]*")

_OF_FILTERS: Final = frozenset({"and", "or", "not"})
_OF_EACH_RECORD: Final = frozenset({"id", "meta", "payload", "links", "backlinks", "revisions"})

RESERVED_TYPES: Final = frozenset(
    {*Scalar, *COMPARISONS.values(), "Float", "ID", "Mutation", "Query", "Subscription"}
    | {"RecordMeta", "RecordMetaFilter", "RecordMetaOrder"}
    | {f"{comparison.removesuffix('Comparison')}Items" for comparison in COMPARISONS.values()}
)
"""The types that all typed collections share, whether or not there is one."""

_OF_MUTATIONS: Final = frozenset({"expectedVersion", "expectExisting", "id", "set", "tags", "unset", "userErrors"})
"""The members of the inputs and results of mutations, beside the record itself, which is called as in `api.one`."""

_RESERVED_PREFIX: Final = "Datastore"
_ENUM_WORDS: Final = frozenset({"true", "false", "null"})

_OF_ALL: Final = ("{0}Filter", "{0}Order", "{0}Changes", "{0}Items", "{0}Group", "New{0}")
_OF_RECORDS: Final = (
    *("{0}Connection", "{0}Edge", "{0}Field", "{0}Payload", "{0}Aggregate", "{0}Input", "{0}Comparison", "{0}Change"),
    *("Create{0}Input", "Replace{0}Input", "Change{0}Input", "Delete{0}Input", "Delete{0}Payload"),
)
_OF_ENUMS: Final = ("{0}Comparison", "{0}Items")


def is_name(text: str) -> bool:
    """Tells whether GraphQL takes this as a name of something that is not its own."""
    return _NAME.fullmatch(text) is not None and not text.startswith("__")


def is_enum_value(text: str) -> bool:
    """Tells whether GraphQL takes this as a value of an enumeration."""
    return is_name(text) and text not in _ENUM_WORDS


def why_no_name(text: str) -> str | None:
    """Says why this is no GraphQL name; None if it is one."""
    if is_name(text):
        return None
    return f"{text!r} is no GraphQL name: letters, digits and '_', the first one no digit, and not two '_' at first."


def why_no_member(text: str, *, of_record: bool) -> str | None:
    """Says why a member of a type cannot be called so; None if it can.

    Args:
        text: The name.
        of_record: Whether it is a member of the records themselves, and not of an object in them.
    """
    if text in _OF_FILTERS:
        return f"{text!r} is reserved: each filter has it."
    if of_record and text in _OF_EACH_RECORD:
        return f"{text!r} is reserved: each record has it."
    return why_no_name(text)


def why_no_type(text: str) -> str | None:
    """Says why a type cannot be called so; None if it can."""
    if text in RESERVED_TYPES or text.startswith(_RESERVED_PREFIX):
        return f"{text!r} is reserved: it is a type of Datastore."
    return why_no_name(text)


def why_no_record(text: str) -> str | None:
    """Says why one record cannot be called so in root fields and mutations; None if it can."""
    if text in _OF_MUTATIONS:
        return f"{text!r} is reserved: the inputs and results of mutations have it."
    return why_no_name(text)


def capitalized(name: str) -> str:
    """Returns the name with a capital first letter, and unchanged apart from that."""
    return name[:1].upper() + name[1:]


def derived_names(kind: NamedType) -> Iterator[str]:
    """Returns the names of the types that exist for the sake of this one."""
    for pattern in _OF_ENUMS if isinstance(kind, EnumType) else _OF_ALL:
        yield pattern.format(kind.name)


def names_of_records(type_name: str) -> Iterator[str]:
    """Returns the names of the other types that exist for the sake of the type of a collection's records."""
    for pattern in (*_OF_ALL, *_OF_RECORDS):
        yield pattern.format(type_name)


def root_fields(api: CollectionApi) -> Iterator[tuple[str, str]]:
    """Returns the root fields of a collection as `Query.person`, with the member of `api` that each comes from."""
    yield f"Query.{api.one}", "one"
    yield f"Query.{api.many}", "many"
    yield f"Query.{api.many}Aggregate", "many"
    for verb in ("create", "replace", "change", "delete"):
        yield f"Mutation.{verb}{api.type}", "type"
    yield f"Subscription.{api.one}Changes", "one"


class NameTable:
    """The names of one collection, as they are claimed."""

    def __init__(self, collection: str) -> None:
        self._collection = collection
        self.claims: dict[str, Claim] = {}
        self.taken: list[Flaw] = []

    def claim(self, name: str, pointer: str, structure: str | None = None) -> None:
        """Claims a name for what stands at a place of the body; if it is taken, that is a flaw."""
        claim = Claim(pointer, owner_of(self._collection, pointer), structure)
        known = self.claims.setdefault(name, claim)
        if known is not claim and (structure is None or known.structure != structure):
            self.taken.append(_taken(name, claim, known))

    def collide(self, name: str, pointer: str, other: str) -> None:
        """Notes that a name, which may stand for one of two things only, is asked for by both."""
        claim, known = (Claim(each, owner_of(self._collection, each)) for each in (pointer, other))
        self.taken.append(_taken(name, claim, known))


def owner_of(collection: str, pointer: str) -> str:
    """Says what a name belongs to, for a person."""
    return f"collection {collection}, {pointer.removeprefix('/schema').removeprefix('/')}"


def taken_by_others(claims: Mapping[str, Claim], others: Mapping[str, Claim]) -> list[Flaw]:
    """Returns a flaw for each name that another collection, or Datastore itself, has.

    A type that collections may share is taken only if it is another type there.
    """
    return [
        _taken(name, claim, others[name])
        for name, claim in claims.items()
        if name in others and (claim.structure is None or claim.structure != others[name].structure)
    ]


def _taken(name: str, claim: Claim, known: Claim) -> Flaw:
    remedy = (
        "Give one of them another name: by x-name if it is a member, by x-type if it is a type under a member, "
        "and in api otherwise."
    )
    return Flaw(claim.pointer, f"{name!r} of {claim.owner}, is taken by {known.owner}. {remedy}", known.owner)
