"""What holds for the records of a collection together, and what may be taken away from one: by paths in payloads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from datastore_service.domain.typed.errors import Flaw
from datastore_service.domain.typed.flaws import Findings
from datastore_service.domain.typed.limits import TypingLimits
from datastore_service.domain.typed.model import (
    IndexKind,
    Member,
    Named,
    NamedType,
    ObjectType,
    Path,
    Reference,
    Unique,
)
from datastore_service.domain.typed.names import NameTable


@dataclass(frozen=True, slots=True)
class Reached:
    """A member of a record, or of an object in it: not in an array, an alternative, or below itself.

    Attributes:
        owner: The name of the type that it is in.
        names: The names in GraphQL of what leads to it, and its own.
    """

    path: Path
    names: Path
    owner: str
    member: Member


@dataclass(slots=True)
class Rules:
    """The rules, by paths."""

    unique: list[tuple[tuple[Path, ...], Unique]] = field(default_factory=list["tuple[tuple[Path, ...], Unique]"])
    indexes: dict[Path, IndexKind] = field(default_factory=dict[Path, IndexKind])
    references: dict[Path, Reference] = field(default_factory=dict[Path, Reference])
    unset: dict[str, Path] = field(default_factory=dict[str, Path])


def reached(root: ObjectType, types: Mapping[str, NamedType]) -> Iterator[Reached]:
    """Returns each member that has one place in a record."""
    yield from _reached(root, types, (), (), frozenset())


def _reached(
    kind: ObjectType, types: Mapping[str, NamedType], path: Path, names: Path, around: frozenset[str]
) -> Iterator[Reached]:
    if kind.name in around:
        return
    for member in kind.members:
        if member.name is None:
            continue
        here = Reached((*path, member.key), (*names, member.name), kind.name, member)
        yield here
        inner = types.get(member.type.name) if isinstance(member.type, Named) else None
        if isinstance(inner, ObjectType):
            yield from _reached(inner, types, here.path, here.names, around | {kind.name})


def rules_of(
    root: ObjectType, types: Mapping[str, NamedType], names: NameTable, findings: Findings, limits: TypingLimits
) -> Rules:
    """Returns the rules that the members of a type carry; counts them, and notes what is wrong."""
    rules = Rules()
    pointers: dict[str, str] = {}
    for each in reached(root, types):
        member = each.member
        if member.unique is not None:
            paths = [each.path, *((*each.path[:-1], key) for key in member.unique.beside)]
            rules.unique.append((tuple(paths), member.unique))
        if member.index is not None:
            rules.indexes[each.path] = member.index
        if member.reference is not None:
            rules.references[each.path] = member.reference
        if member.in_input and not member.required and not member.immutable:
            name, pointer = "_".join(each.names), f"/schema{member.pointer}"
            if name in pointers:
                names.collide(f"{root.name}Field.{name}", pointer, pointers[name])
            pointers.setdefault(name, pointer)
            rules.unset.setdefault(name, each.path)
    for count, most, what in (
        (len(rules.unique), limits.unique_rules, "unique rules"),
        (len(rules.references), limits.references, "references"),
    ):
        if count > most:
            findings.sizes.append(Flaw("/schema", f"The schema has {count} {what}; it may have {most}."))
    return rules
