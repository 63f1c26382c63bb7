"""What a value at one place has to be, gathered from all subschemas that apply there: `$ref`, `allOf`, and "or null".

The result says no more than the subschemas do: what it does not understand stands apart, in `opaque` and `choices`, and
can only narrow what the rest takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.choices import Choice, constants_of, is_null
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument, canonical, mapping, number, sequence
from datastore_service.domain.typed.vocabulary import (
    ANNOTATIONS,
    KINDS,
    LOWER_BOUNDS,
    SETS,
    UNDERSTOOD,
    UPPER_BOUNDS,
    kind_of,
    kinds_of_types,
    says_nothing,
)


@dataclass(slots=True, kw_only=True)
class Flat:
    """What a value at one place has to be.

    Attributes:
        pointer: The place in the schema.
        parts: The subschemas that apply there, outer ones first.
        kinds: The kinds of values that may be there; empty if no value may be there.
        values: The only values, by their canonical forms; None if there is no enumeration.
        annotations: The outermost value of each annotation and keyword of extensions, with its place.
        bounds: The tightest of each bound.
        sets: The formats, patterns and so on that a value has to have all of.
        members: The subschemas for each member that is declared.
        required: The members that are required, with the place that says so.
        others: The subschemas for all other members, as far as `patternProperties` leaves them alone.
        items: The subschemas for the items of an array, as far as `prefixItems` leaves them alone.
        choices: Alternatives; one of each has to fit.
        opaque: Keywords that are not understood, with their values.
    """

    pointer: str
    parts: list[Part] = field(default_factory=list[Part])
    kinds: frozenset[str] = KINDS
    values: dict[object, Json] | None = None
    annotations: dict[str, Part] = field(default_factory=dict[str, Part])
    bounds: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    sets: dict[str, dict[object, Json]] = field(default_factory=dict[str, "dict[object, Json]"])
    members: dict[str, tuple[Part, ...]] = field(default_factory=dict[str, "tuple[Part, ...]"])
    required: dict[str, str] = field(default_factory=dict[str, str])
    others: tuple[Part, ...] = ()
    items: tuple[Part, ...] = ()
    choices: list[Choice] = field(default_factory=list[Choice])
    opaque: list[Part] = field(default_factory=list[Part])

    @property
    def may_be_null(self) -> bool:
        """Whether the value may be null."""
        return "null" in self.kinds

    @property
    def kinds_beside_null(self) -> frozenset[str]:
        """The kinds of values that may be there, null aside."""
        return self.kinds - {"null"}

    def is_only(self, kind: str) -> bool:
        """Tells whether only values of this kind, or null, may be there."""
        return self.kinds_beside_null == frozenset({kind})

    @property
    def is_closed(self) -> bool:
        """Whether an object may have no other members than those that are declared."""
        return any(part.schema is False for part in self.others)

    def annotation(self, keyword: str) -> Any:  # noqa: ANN401 - JSON
        """Returns the value of an annotation; None if it is not there."""
        return self.annotations[keyword].schema if keyword in self.annotations else None


def flatten(document: SchemaDocument, parts: Sequence[Part], leave_out: Choice | None = None) -> Flat:
    """Gathers what these subschemas, which apply to one place together, take.

    Args:
        document: The schema that they are from.
        parts: The subschemas; a value has to fit each.
        leave_out: A choice that is not to be looked at, since one of its alternatives is among the parts.
    """
    return _Gathering(document, Flat(pointer=parts[0].pointer), leave_out, frozenset()).all(parts)


class _Gathering:
    def __init__(
        self, document: SchemaDocument, flat: Flat, leave_out: Choice | None, around: frozenset[tuple[str, ...]]
    ) -> None:
        self._document = document
        self._flat = flat
        self._leave_out = leave_out
        self._around = around
        self._closed: list[tuple[Part, frozenset[str]]] = []

    def all(self, parts: Sequence[Part]) -> Flat:
        flat = self._flat
        waiting = [(part, False) for part in reversed(parts)]
        seen: set[tuple[str, bool]] = set()
        while waiting:
            part, or_null = waiting.pop()
            if (part.pointer, or_null) in seen:
                continue
            seen.add((part.pointer, or_null))
            flat.parts.append(part)
            if part.schema is False:
                self._allow(frozenset(), or_null=or_null)
            elif isinstance(part.schema, dict):
                waiting.extend(reversed([*self._read(part, part.schema, or_null=or_null)]))
        self._settle_values()
        self._settle_members()
        return flat

    def _read(self, part: Part, found: Mapping[str, Any], *, or_null: bool) -> Iterator[tuple[Part, bool]]:
        self._read_scalars(part, found, or_null=or_null)
        self._read_inside(part, found)
        for keyword, value in found.items():
            if keyword in ANNOTATIONS or keyword.startswith("x-"):
                self._flat.annotations.setdefault(keyword, Part(part.at(keyword), value))
            elif keyword not in UNDERSTOOD and not says_nothing(keyword):
                self._opaque(part.at(keyword), keyword, value, or_null=or_null)
        yield from self._applied(part, found, or_null=or_null)

    def _applied(self, part: Part, found: Mapping[str, Any], *, or_null: bool) -> Iterator[tuple[Part, bool]]:
        if "$ref" in found:
            if target := self._document.target(found["$ref"]):
                yield target, or_null
            else:
                self._opaque(part.at("$ref"), "$ref", found["$ref"], or_null=or_null)
        for index, each in enumerate(sequence(found.get("allOf"))):
            yield Part(part.at("allOf", index), each), or_null
        for keyword in ("anyOf", "oneOf"):
            alternatives = [Part(part.at(keyword, i), each) for i, each in enumerate(sequence(found.get(keyword)))]
            choice = Choice(part.at(keyword), keyword, alternatives, or_null)
            if not alternatives or (self._leave_out and self._leave_out.pointer == choice.pointer):
                continue
            if (values := constants_of(choice)) is not None:
                self._enumerate(values, or_null=or_null)
            elif (other := self._beside_null(choice)) is not None:
                yield other, True
            else:
                self._flat.choices.append(choice)

    def _beside_null(self, choice: Choice) -> Part | None:
        """Returns the only alternative beside null, if one of two is just that."""
        nulls = [part for part in choice.alternatives if is_null(part.schema)]
        others = [part for part in choice.alternatives if not is_null(part.schema)]
        if (len(nulls), len(others)) != (1, 1):
            return None
        place = (others[0].pointer,)
        if choice.keyword == "anyOf":
            return others[0]
        if place in self._around:
            return None
        inner = _Gathering(self._document, Flat(pointer=place[0]), None, self._around | {place})
        # Null would fit both, and then not be one of exactly one.
        return None if inner.all(others).may_be_null else others[0]

    def _read_scalars(self, part: Part, found: Mapping[str, Any], *, or_null: bool) -> None:
        flat = self._flat
        if "type" in found:
            self._allow(kinds_of_types(found["type"]), or_null=or_null)
        if "const" in found:
            self._enumerate([found["const"]], or_null=or_null)
        if "enum" in found:
            self._enumerate(sequence(found["enum"]), or_null=or_null)
        for bounds, tighter in ((LOWER_BOUNDS, max), (UPPER_BOUNDS, min)):
            for keyword in bounds:
                if (bound := number(found.get(keyword))) is not None:
                    flat.bounds[keyword] = tighter(bound, flat.bounds.get(keyword, bound))
        for keyword in SETS:
            if keyword in found and found[keyword] is not False:
                flat.sets.setdefault(keyword, {})[canonical(found[keyword])] = found[keyword]
        for name in sequence(found.get("required")):
            flat.required.setdefault(name, part.at("required"))

    def _read_inside(self, part: Part, found: Mapping[str, Any]) -> None:
        flat = self._flat
        properties = mapping(found.get("properties"))
        for name, each in properties.items():
            flat.members[name] = (*flat.members.get(name, ()), Part(part.at("properties", name), each))
        if "additionalProperties" in found:
            others = Part(part.at("additionalProperties"), found["additionalProperties"])
            flat.others = (*flat.others, others)
            # Which members a pattern takes away from it cannot be told: then it is not held against any.
            if "patternProperties" not in found:
                self._closed.append((others, frozenset(properties)))
        if "items" in found:
            flat.items = (*flat.items, Part(part.at("items"), found["items"]))

    def _settle_members(self) -> None:
        """Has `additionalProperties` apply to the members that the subschema beside it does not declare."""
        for part, declared in self._closed:
            for name in self._flat.members.keys() - declared:
                self._flat.members[name] = (*self._flat.members[name], part)

    def _settle_values(self) -> None:
        flat = self._flat
        if flat.values is not None:
            flat.values = {key: each for key, each in flat.values.items() if kind_of(each) in flat.kinds}
            flat.kinds &= {kind_of(each) for each in flat.values.values()}

    def _allow(self, kinds: frozenset[str], *, or_null: bool) -> None:
        self._flat.kinds &= kinds | {"null"} if or_null else kinds

    def _enumerate(self, values: Sequence[Json], *, or_null: bool) -> None:
        given = {canonical(each): each for each in ([*values, None] if or_null else values)}
        known = self._flat.values
        self._flat.values = given if known is None else {key: each for key, each in known.items() if key in given}

    def _opaque(self, pointer: str, keyword: str, value: Json, *, or_null: bool) -> None:
        # What applies to null as well is not the same as what does not.
        self._flat.opaque.append(Part(pointer, {f"{keyword} or null" if or_null else keyword: value}))
