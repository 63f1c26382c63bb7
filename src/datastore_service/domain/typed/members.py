"""A member of a type: what the keywords beside its schema say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from datastore_service.domain.typed.flattening import Flat, kind_of
from datastore_service.domain.typed.flaws import Findings
from datastore_service.domain.typed.keywords import NOT_YET, generated_of, reference_of, unique_of
from datastore_service.domain.typed.model import (
    Default,
    EnumType,
    Generated,
    IndexKind,
    ListOf,
    Member,
    Named,
    NamedType,
    Reference,
    Scalar,
    TypeReference,
    Unique,
)
from datastore_service.domain.typed.names import why_no_member
from datastore_service.domain.typed.schema_parts import canonical

_NO_REASON: Final = "No longer supported"
"""GraphQL's own default of a reason."""

_GENERATED: Final[Mapping[str, frozenset[TypeReference]]] = {
    "now": frozenset({Scalar.STRING, Scalar.TIMESTAMP}),
    "uuid7": frozenset({Scalar.STRING, Scalar.UUID}),
    "actor": frozenset({Scalar.STRING}),
}
_INDEXES: Final[Mapping[Scalar, IndexKind]] = {
    Scalar.BOOLEAN: "boolean",
    Scalar.INT: "number",
    Scalar.INTEGER: "number",
    Scalar.NUMBER: "number",
    Scalar.STRING: "text",
    Scalar.TIMESTAMP: "time",
    Scalar.DATE: "text",
    Scalar.UUID: "text",
}


def name_of(key: str, flat: Flat, findings: Findings, *, of_record: bool) -> str | None:
    """Returns what a member is called in GraphQL; None if it is reached through `payload` only, or has a bad name."""
    given = flat.annotations.get("x-name")
    if given is not None and given.schema is False:
        return None
    name = given.schema if given is not None and isinstance(given.schema, str) else key
    if (why := why_no_member(name, of_record=of_record)) is not None:
        pointer = given.pointer if given is not None else flat.pointer
        findings.name(f"/schema{pointer}", f"{why} Give the member a name by x-name, or x-name: false.")
        return None
    return name


def check_beside(members: Sequence[Member], findings: Findings) -> None:
    """Refuses unique rules of an object's members that name members which are not there."""
    keys = {member.key for member in members}
    for member in members:
        for beside in member.unique.beside if member.unique else ():
            if beside not in keys or beside == member.key:
                detail = f"x-unique names {beside!r}, which is no other member beside it."
                findings.keyword(f"{member.pointer}/x-unique/with", detail)


@dataclass(frozen=True, slots=True)
class MemberReader:
    """Reads what the keywords beside a member's schema say.

    Attributes:
        types: The types that are known so far, by their names.
    """

    types: Mapping[str, NamedType]
    findings: Findings

    def member(
        self, key: str, name: str | None, flat: Flat, kind: TypeReference, *, nullable: bool, required: bool
    ) -> Member:
        """Returns the member.

        Args:
            key: Its name in documents.
            name: Its name in GraphQL; None if it is reached through `payload` only.
            flat: What its value has to be.
            kind: Its type.
            nullable: Whether it may be null.
            required: Whether each document has it.
        """
        read_only, write_only = flat.annotation("readOnly") is True, flat.annotation("writeOnly") is True
        if read_only and write_only:
            self.findings.keyword(flat.annotations["writeOnly"].pointer, "A member is readOnly or writeOnly, not both.")
        for keyword in NOT_YET:
            if keyword in flat.annotations:
                self.findings.note(flat.annotations[keyword].pointer, f"{keyword} has no effect yet.")
        member = Member(
            key=key,
            name=name,
            pointer=flat.pointer,
            type=kind,
            nullable=nullable,
            required=required,
            in_output=not write_only,
            in_input=not read_only,
            default=self._default(flat),
            generated=self._generated(flat, kind),
            immutable=flat.annotation("x-immutable") is True,
            deprecated=self._deprecated(flat),
            description=flat.annotation("description") or flat.annotation("title"),
            filterable=flat.annotation("x-filter") is not False and not write_only,
            unique=self._unique(flat, kind),
            index=self._index(flat, kind),
            reference=self._reference(flat, kind, required=required),
        )
        if required and read_only and member.default is None and member.generated is None:
            self.findings.note(
                flat.annotations["readOnly"].pointer,
                "Is required, and in no input: without default or x-default no record can be created through types.",
            )
        return member

    def _default(self, flat: Flat) -> Default | None:
        found = flat.annotations.get("default")
        if found is None:
            return None
        if kind_of(found.schema) not in flat.kinds:
            self.findings.keyword(found.pointer, "The default has not the type that the member has.")
        elif flat.values is not None and canonical(found.schema) not in flat.values:
            self.findings.keyword(found.pointer, "The default is none of the values that the member may have.")
        return Default(found.schema)

    def _generated(self, flat: Flat, kind: TypeReference) -> Generated | None:
        found = generated_of(flat.annotation("x-default"))
        if found is None:
            return None
        pointer = flat.annotations["x-default"].pointer
        if kind not in _GENERATED[found]:
            allowed = " or ".join(sorted(f"{each}" for each in _GENERATED[found]))
            self.findings.keyword(pointer, f"x-default {found!r} is for members of the type {allowed}.")
        if "default" in flat.annotations:
            self.findings.keyword(pointer, "A member has default or x-default, not both.")
        return found

    def _deprecated(self, flat: Flat) -> str | None:
        is_deprecated, reason = flat.annotation("deprecated") is True, flat.annotation("x-deprecated")
        if reason and not is_deprecated:
            pointer = flat.annotations["x-deprecated"].pointer
            self.findings.keyword(
                pointer, "x-deprecated says why a member is deprecated: put deprecated: true beside it."
            )
        return (reason or _NO_REASON) if is_deprecated else None

    def _unique(self, flat: Flat, kind: TypeReference) -> Unique | None:
        found = unique_of(flat.annotation("x-unique"))
        if found is not None:
            pointer = flat.annotations["x-unique"].pointer
            if not self._is_one_value(kind):
                self.findings.keyword(pointer, "x-unique is for members with one value: texts, numbers, booleans.")
            elif found.fold and kind is not Scalar.STRING:
                self.findings.keyword(pointer, "x-unique folds members of the type String only.")
        return found

    def _index(self, flat: Flat, kind: TypeReference) -> IndexKind | None:
        wanted = flat.annotation("x-index")
        if wanted in (None, False):
            return None
        pointer = flat.annotations["x-index"].pointer
        if not self._is_one_value(kind):
            self.findings.keyword(pointer, "x-index is for members with one value: texts, numbers, booleans.")
            return None
        natural = _INDEXES[kind] if isinstance(kind, Scalar) else "text"
        if wanted is True or wanted == natural:
            return natural
        if kind not in (Scalar.STRING, Scalar.TIMESTAMP, Scalar.DATE):
            self.findings.keyword(pointer, f"x-index {wanted!r} is for members of the type String, Date or Timestamp.")
        return wanted

    def _reference(self, flat: Flat, kind: TypeReference, *, required: bool) -> Reference | None:
        found = reference_of(flat.annotation("x-references"))
        if found is None:
            return None
        pointer = flat.annotations["x-references"].pointer
        is_list = isinstance(kind, ListOf) and kind.item is Scalar.UUID
        if kind is not Scalar.UUID and not is_list:
            self.findings.keyword(pointer, "x-references is for texts with format: uuid, and arrays of such texts.")
        elif found.on_delete == "detach" and required and not is_list:
            self.findings.keyword(
                f"{pointer}/on_delete",
                "A required member cannot be taken away: 'detach' is for optional ones and arrays.",
            )
        if found.back is not None and (why := why_no_member(found.back, of_record=True)):
            self.findings.name(f"/schema{pointer}/back", why)
        return found

    def _is_one_value(self, kind: TypeReference) -> bool:
        if isinstance(kind, Named):
            return isinstance(self.types.get(kind.name), EnumType)
        return isinstance(kind, Scalar) and kind is not Scalar.JSON
