"""From a JSON Schema to types. What GraphQL has no type for stays JSON at its place, with a note."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from datastore_service.domain.typed.clashes import clashes
from datastore_service.domain.typed.discriminators import Discriminated, discriminated
from datastore_service.domain.typed.errors import Flaw, SchemaTooLarge
from datastore_service.domain.typed.flattening import Flat, flatten
from datastore_service.domain.typed.flaws import Findings
from datastore_service.domain.typed.limits import TypingLimits
from datastore_service.domain.typed.members import MemberReader, check_beside, name_of
from datastore_service.domain.typed.model import (
    EnumType,
    ListOf,
    Member,
    Named,
    NamedType,
    ObjectType,
    Scalar,
    TypeReference,
    UnionType,
    Variant,
)
from datastore_service.domain.typed.names import (
    NameTable,
    capitalized,
    derived_names,
    is_enum_value,
    why_no_member,
    why_no_type,
)
from datastore_service.domain.typed.notes import is_tuple, note_what_is_left_out, why_json
from datastore_service.domain.typed.origins import origin_of
from datastore_service.domain.typed.scalars import scalar_of, settle_choices, texts_of
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument, mapping

_NONE_FIXED: Final[Mapping[str, TypeReference]] = {}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a type is needed.

    Attributes:
        owner: The type that it is in.
        hint: The name of the member, of which the name of a type without another name is made.
        root: What the names of definitions begin with: the type of the records, or one that collections share.
        is_shared: Whether collections may share the types there.
        depth: How many types and lists are around it.
    """

    owner: str
    hint: str
    root: str
    is_shared: bool
    depth: int


class TypeMapper:
    """One walk through a schema, which gathers the types, their names, and what is wrong or left out.

    Attributes:
        types: The types by their names.
        places: The subschemas of each member, by the type that it is in and its key.
    """

    def __init__(self, document: SchemaDocument, names: NameTable, findings: Findings, limits: TypingLimits) -> None:
        self.types: dict[str, NamedType] = {}
        self.places: dict[tuple[str, str], frozenset[str]] = {}
        self._document = document
        self._names = names
        self._findings = findings
        self._limits = limits
        self._known: dict[tuple[str, str], str] = {}
        self._reader = MemberReader(self.types, findings)

    def root(self, flat: Flat, name: str) -> ObjectType:
        """Returns the type of the records.

        Raises:
            SchemaTooLarge: It has too many levels.
        """
        if "x-type" in flat.annotations:
            self._findings.keyword(flat.annotations["x-type"].pointer, "The type of records is called as api says.")
        note_what_is_left_out(flat, self._findings)
        root = self._object(flat, name, _Place(name, "", name, is_shared=False, depth=0), of_record=True)
        self.types[name] = root
        return root

    def _typed(self, parts: Sequence[Part], place: _Place) -> tuple[TypeReference, bool]:
        """Returns the type of a place, and whether null may be there as well."""
        flat = flatten(self._document, parts)
        if place.depth > self._limits.max_depth:
            pointer = f"/schema{flat.pointer}"
            detail = f"{pointer} is nested {place.depth} levels deep; it may be {self._limits.max_depth}."
            raise SchemaTooLarge([Flaw(pointer, detail)])
        union = discriminated(self._document, flat)
        nullable = union.nullable if union else flat.may_be_null
        settle_choices(self._document, flat)
        nullable = nullable and flat.may_be_null
        kind = self._union_of(flat, union, parts, place) if union else self._type(flat, parts, place)
        return kind, nullable

    def _type(self, flat: Flat, parts: Sequence[Part], place: _Place) -> TypeReference:
        texts = texts_of(flat)
        if not texts:
            for keyword in flat.annotations.keys() & {"x-enum", "x-enum-names"}:
                pointer = flat.annotations[keyword].pointer
                self._findings.keyword(pointer, f"{keyword} stands at an enumeration of texts.")
        origin = origin_of(self._document, parts)
        is_list = flat.is_only("array") and flat.items and not is_tuple(flat)
        is_object = flat.is_only("object") and flat.members and origin.pointer
        scalar = scalar_of(flat)
        if not (scalar or is_list or is_object):
            self._findings.note(*why_json(flat, is_whole=not origin.pointer))
            return Scalar.JSON
        note_what_is_left_out(flat, self._findings)
        if is_object:
            return self._named(flat, parts, place, lambda name, inside: self._object(flat, name, inside))
        if is_list:
            return ListOf(*self._typed(flat.items, replace(place, depth=place.depth + 1)))
        return self._enum(flat, texts, parts, place) if texts else scalar or Scalar.JSON

    def _named(
        self, flat: Flat, parts: Sequence[Part], place: _Place, make: Callable[[str, _Place], NamedType]
    ) -> TypeReference:
        """Returns a type that has a name, and makes it unless it is there."""
        origin = origin_of(self._document, parts)
        shared = flat.annotations.get("x-type")
        if shared is not None:
            root = name = str(shared.schema)
            source = shared.pointer
        elif origin.definition is not None:
            root, name, source = place.root, place.root + capitalized(origin.definition), origin.pointer
        else:
            root, name, source = place.root, place.owner + capitalized(place.hint), flat.pointer
        if origin.is_elsewhere and (root, origin.pointer) in self._known:
            return Named(self._known[root, origin.pointer])
        if (why := why_no_type(name)) is not None:
            self._findings.name(f"/schema{source}", f"{why} Give the type a name by x-type.")
            return Scalar.JSON
        self._known[root, origin.pointer] = name
        is_shared = place.is_shared or shared is not None
        self._register(make(name, _Place(name, "", root, is_shared, place.depth)), source, is_shared=is_shared)
        return Named(name)

    def _register(self, kind: NamedType, source: str, *, is_shared: bool) -> None:
        self.types.setdefault(kind.name, kind)
        structure = repr(kind) if is_shared else None
        for name in (kind.name, *derived_names(kind)):
            self._names.claim(name, f"/schema{source}", structure)

    def _object(
        self,
        flat: Flat,
        name: str,
        place: _Place,
        fixed: Mapping[str, TypeReference] = _NONE_FIXED,
        *,
        of_record: bool = False,
    ) -> ObjectType:
        """Returns the type of an object.

        Args:
            flat: What the object has to be.
            name: What the type is called.
            place: Where it is.
            fixed: The types of members that are known already.
            of_record: Whether it is the type of the records themselves.
        """
        members: list[Member] = []
        taken: dict[str, str] = {}
        for key, parts in flat.members.items():
            of_member = flatten(self._document, parts)
            self.places[name, key] = frozenset(part.pointer for part in of_member.parts)
            called = name_of(key, of_member, self._findings, of_record=of_record)
            kind, nullable = Scalar.JSON, True
            if called is not None:
                self._take(taken, called, of_member.pointer)
                inside = replace(place, hint=called, depth=place.depth + 1)
                kind, nullable = self._typed(parts, inside) if key not in fixed else (fixed[key], False)
            required = key in flat.required
            member = self._reader.member(key, called, of_member, kind, nullable=nullable, required=required)
            if member.reference and member.reference.forward is not None:
                pointer = f"{of_member.annotations['x-references'].pointer}/as"
                if (why := why_no_member(member.reference.forward, of_record=of_record)) is not None:
                    self._findings.name(f"/schema{pointer}", why)
                self._take(taken, member.reference.forward, pointer)
            members.append(member)
        check_beside(members, self._findings)
        for key in flat.required.keys() - flat.members.keys():
            detail = f"{key!r} is required and not declared: it is in payload only, and no input has it."
            self._findings.note(flat.required[key], detail)
        return ObjectType(
            name=name, members=tuple(members), pointer=flat.pointer, description=flat.annotation("description")
        )

    def _take(self, taken: dict[str, str], name: str, pointer: str) -> None:
        if name in taken:
            self._names.collide(name, f"/schema{pointer}", f"/schema{taken[name]}")
        taken.setdefault(name, pointer)

    def _enum(self, flat: Flat, texts: Sequence[str], parts: Sequence[Part], place: _Place) -> TypeReference:
        given = mapping(flat.annotation("x-enum-names"))
        for text in given.keys() - {*texts}:
            pointer = flat.annotations["x-enum-names"].at(text)
            self._findings.keyword(pointer, f"x-enum-names names {text!r}, which is none of the values.")
        if flat.annotation("x-enum") == "open":
            return Scalar.STRING
        values: dict[str, str] = {}
        for text in texts:
            name = given.get(text, text)
            if not is_enum_value(name):
                if text in given:
                    pointer = flat.annotations["x-enum-names"].at(text)
                    self._findings.name(f"/schema{pointer}", f"{name!r} is no name of a value in GraphQL.")
                else:
                    detail = f"Stays String: {text!r} is no name of a value in GraphQL; x-enum-names can give it one."
                    self._findings.note(flat.pointer, detail)
                return Scalar.STRING
            if name in values:
                self._names.collide(name, f"/schema{flat.pointer}", f"/schema{flat.pointer}")
            values[name] = text
        return self._named(
            flat,
            parts,
            place,
            lambda name, _: EnumType(
                name=name, values=values, pointer=flat.pointer, description=flat.annotation("description")
            ),
        )

    def _union_of(self, flat: Flat, union: Discriminated, parts: Sequence[Part], place: _Place) -> TypeReference:
        owns = [flatten(self._document, [each.part]) for each in union.alternatives]
        names = [
            str(own.annotation("x-name") or each.value) for own, each in zip(owns, union.alternatives, strict=True)
        ]
        if bad := [name for name in names if not is_enum_value(name)]:
            detail = f"Stays JSON: {bad[0]!r} is no GraphQL name; x-name at the alternative can give it one."
            self._findings.note(union.choice.pointer, detail)
            return Scalar.JSON
        for index, name in enumerate(names):
            if name in names[:index]:
                self._names.collide(name, f"/schema{owns[index].pointer}", f"/schema{owns[names.index(name)].pointer}")
        shared = [own.annotations.get("x-type") for own in owns]
        return self._named(
            flat, parts, place, lambda name, inside: self._union(flat, union, name, inside, names, shared)
        )

    def _union(
        self,
        flat: Flat,
        union: Discriminated,
        name: str,
        place: _Place,
        names: Sequence[str],
        shared: Sequence[Part | None],
    ) -> UnionType:
        kinds = EnumType(
            name=name + capitalized(union.member),
            values={called: each.value for called, each in zip(names, union.alternatives, strict=True)},
            pointer=union.choice.pointer,
        )
        variants: list[Variant] = []
        types: list[ObjectType] = []
        for each, called, given in zip(union.alternatives, names, shared, strict=True):
            own = name + capitalized(called) if given is None else str(given.schema)
            if (why := why_no_type(own)) is not None:
                self._findings.name(f"/schema{each.part.pointer}", f"{why} Give the type a name by x-type.")
            is_shared = place.is_shared or given is not None
            inside = _Place(own, "", place.root if given is None else own, is_shared, place.depth)
            kind = self._object(each.flat, own, inside, {union.member: Named(kinds.name)})
            source = each.part.pointer if given is None else given.pointer
            self._register(kind, source, is_shared=is_shared)
            variants.append(Variant(name=called, value=each.value, type=own))
            types.append(kind)
        if (why := why_no_type(kinds.name)) is not None:
            self._findings.name(f"/schema{union.choice.pointer}", f"{why} Give the union a name by x-type.")
        self._register(kinds, union.choice.pointer, is_shared=place.is_shared)
        for one, other in clashes(types, self.types):
            self._names.collide(str(one.name), f"/schema{one.pointer}", f"/schema{other.pointer}")
        return UnionType(
            name=name,
            discriminator=union.member,
            variants=tuple(variants),
            pointer=flat.pointer,
            description=flat.annotation("description"),
        )
