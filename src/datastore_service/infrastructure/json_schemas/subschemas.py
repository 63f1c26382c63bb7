"""The subschemas of a JSON Schema, and the parts of a value that each applies to (draft 2020-12 and older ones)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import unquote, urldefrag, urljoin

from datastore_service.domain.json_value import Json, escape_pointer

type _Schema = Mapping[str, Any]

_IN_PLACE_LISTS: Final = ("allOf", "anyOf", "oneOf")
_IN_PLACE: Final = ("not", "if", "then", "else")
_IN_PLACE_MAPS: Final = ("dependentSchemas", "dependencies")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_OF_ANY_MEMBER: Final = ("unevaluatedProperties", "propertyNames")
_OF_ANY_ITEM: Final = ("contains", "unevaluatedItems", "additionalItems")
_MEMBER: Final = "m"
_ITEM: Final = "i"

_ELSEWHERE: Final = 100
"""The cost of a metaschema, which the library contains and this module does not examine."""

MOST: Final = 10**12
_STEPS_A_SUBSCHEMA: Final = 60


class Uncountable(Exception):
    """The cost of a schema is unknown."""


class TooManySubschemas(Uncountable):
    """There are too many subschemas to count in a reasonable time."""


class Circular(Uncountable):
    """A subschema applies itself to the same value.

    Attributes:
        pointer: JSON Pointer to the subschema.
    """

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer


@dataclass(slots=True)
class Subschema:
    """A subschema.

    Attributes:
        own: Its own cost in subschemas; a long enumeration counts as several.
        in_place: The subschemas that apply to the same value.
        choices: Sets of these, of which a member of the value selects one.
        members: The subschemas for parts of the value, by name and position: `m:name` and `i:0`.
        otherwise: The subschemas for other members (`m`) and items (`i`).
        always: The subschemas for all members, or all items.
        labels: The labels that it, or a subschema in place, distinguishes.
        here: The number of subschemas that apply to an empty value.
        most: The number that applies to one place in a value with as many levels as were examined.
    """

    pointer: str
    own: int = 1
    in_place: list["Subschema"] = field(default_factory=list["Subschema"])
    choices: list[list["Subschema"]] = field(default_factory=list["list[Subschema]"])
    members: dict[str, list["Subschema"]] = field(default_factory=dict[str, "list[Subschema]"])
    otherwise: dict[str, list["Subschema"]] = field(default_factory=dict[str, "list[Subschema]"])
    always: dict[str, list["Subschema"]] = field(default_factory=dict[str, "list[Subschema]"])
    labels: set[str] = field(default_factory=set[str])
    here: int = 0
    most: int = 0

    def of(self, label: str) -> Sequence["Subschema"]:
        """Returns the subschemas for the part with a label."""
        kind = label[:1]
        return [*self.members.get(label, self.otherwise.get(kind, ())), *self.always.get(kind, ())]


class Subschemas:
    """The subschemas of a document, by JSON Pointer."""

    def __init__(self, document: Json, most: int, *, apart: bool) -> None:
        self._most = most
        self.is_branched = False
        self._document = document
        self._apart = apart
        self._steps = 0
        self._nodes: dict[str, Subschema] = {}
        self._new: list[str] = []
        self._bases: dict[str, str] = {}
        self._named: dict[str, list[str]] = {}
        self._dynamic: dict[str, list[str]] = {}
        self._name(document, "", "")

    def step(self) -> None:
        self._steps += 1
        if self._steps > self._most * _STEPS_A_SUBSCHEMA:
            raise TooManySubschemas

    def at(self, pointer: str) -> Subschema:
        """Returns the subschema at a pointer, with those that it refers to."""
        self._node(pointer)
        waiting = [*self._new]
        self._new.clear()
        while waiting:
            node = self._node(waiting.pop())
            self._read(node, _found(self._document, node.pointer))
            waiting += self._new
            self._new.clear()
        return self._nodes[pointer]

    def ordered(self, root: Subschema) -> list[Subschema]:
        """Returns the reachable subschemas, each after those that it applies in place, and counts those.

        Raises:
            Circular: A subschema applies itself in place.
        """
        order: list[Subschema] = []
        states: dict[int, int] = {}
        for start in [*self._nodes.values(), root]:
            waiting = [(start, False)]
            while waiting:
                node, is_done = waiting.pop()
                if is_done:
                    states[id(node)] = 2
                    self._finish(node)
                    order.append(node)
                    continue
                if states.get(id(node)):
                    continue
                states[id(node)] = 1
                waiting.append((node, True))
                for each in self._applied(node):
                    if states.get(id(each)) == 1:
                        raise Circular(node.pointer)
                    waiting.append((each, False))
        order.remove(root)
        return [*order, root]

    @staticmethod
    def _applied(node: Subschema) -> Iterator[Subschema]:
        yield from node.in_place
        for choice in node.choices:
            yield from choice

    def _finish(self, node: Subschema) -> None:
        labels = {_MEMBER, _ITEM, *node.members}
        here = node.own
        for each in self._applied(node):
            self.step()
            labels |= each.labels
        here += sum(each.here for each in node.in_place)
        here += sum(sum(each.here for each in choice) for choice in node.choices)
        self._steps += len(labels)
        node.labels, node.here = labels, min(here, MOST)
        node.most = node.here

    def _node(self, pointer: str) -> Subschema:
        if pointer not in self._nodes:
            if len(self._nodes) == self._most:
                raise TooManySubschemas
            self._nodes[pointer] = Subschema(pointer)
            self._new.append(pointer)
        return self._nodes[pointer]

    def _read(self, node: Subschema, schema: object) -> None:
        self.step()
        if not isinstance(schema, dict):
            return
        found = cast("_Schema", schema)
        node.own += len(_list(found.get("enum"))) // 10
        self._read_in_place(node, found)
        for name in _map(found.get("properties")):
            node.members[f"{_MEMBER}:{name}"] = [self._node(f"{node.pointer}/properties/{escape_pointer(name)}")]
        patterns = [
            f"{node.pointer}/patternProperties/{escape_pointer(name)}" for name in _map(found.get("patternProperties"))
        ]
        patterns += [f"{node.pointer}/{word}" for word in _OF_ANY_MEMBER if word in found]
        node.always[_MEMBER] = list(map(self._node, patterns))
        others = [f"{node.pointer}/additionalProperties"] if "additionalProperties" in found else []
        node.otherwise[_MEMBER] = list(map(self._node, others))
        self._read_items(node, found)

    def _read_items(self, node: Subschema, found: _Schema) -> None:
        tuples = "prefixItems" if "prefixItems" in found else "items"
        for index in range(len(_list(found.get(tuples)))):
            node.members[f"{_ITEM}:{index}"] = [self._node(f"{node.pointer}/{tuples}/{index}")]
        items = [f"{node.pointer}/items"] if "items" in found and not isinstance(found["items"], list) else []
        node.otherwise[_ITEM] = list(map(self._node, items))
        node.always[_ITEM] = [self._node(f"{node.pointer}/{word}") for word in _OF_ANY_ITEM if word in found]

    def _read_in_place(self, node: Subschema, found: _Schema) -> None:
        for word in _IN_PLACE_LISTS:
            each = [self._node(f"{node.pointer}/{word}/{index}") for index in range(len(_list(found.get(word))))]
            self.is_branched = self.is_branched or (word != "allOf" and bool(each))
            if self._apart and word != "allOf" and len(each) > 1 and self._are_apart(found[word]):
                node.choices.append(each)
            else:
                node.in_place += each
        for word in _IN_PLACE:
            if word in found:
                self.is_branched = True
                node.in_place.append(self._node(f"{node.pointer}/{word}"))
        for word in _IN_PLACE_MAPS:
            named = _map(found.get(word))
            node.in_place += [self._node(f"{node.pointer}/{word}/{escape_pointer(name)}") for name in named]
        for word in _REFERENCES:
            if isinstance(reference := found.get(word), str):
                targets = self._targets(node.pointer, reference, is_dynamic=word == "$dynamicRef")
                node.own += 0 if targets else _ELSEWHERE
                node.in_place += map(self._node, targets)

    def _are_apart(self, alternatives: Iterable[object]) -> bool:
        """Tells whether each alternative requires a member to be one of some texts that no other alternative allows."""
        told: list[dict[str, set[str]]] = []
        for alternative in alternatives:
            found = self._followed(alternative)
            required = _list(found.get("required"))
            values = {name: _texts(each) for name, each in _map(found.get("properties")).items() if name in required}
            told.append({name: texts for name, texts in values.items() if texts})
        names = set(told[0]).intersection(*told[1:])
        return any(_are_disjoint([each[name] for each in told]) for name in names)

    def _followed(self, schema: object) -> _Schema:
        found = _map(schema)
        if set(found) <= {"$ref", "description", "title"} and str(found.get("$ref", "")).startswith("#/"):
            return _map(_found(self._document, unquote(found["$ref"][1:])))
        return found

    def _targets(self, pointer: str, reference: str, *, is_dynamic: bool) -> Sequence[str]:
        place, fragment = urldefrag(urljoin(self._base_of(pointer), reference))
        roots = self._named.get(place, []) if place else [""]
        if fragment.startswith("/"):
            return [f"{root}{_normal(unquote(fragment))}" for root in roots]
        if not fragment:
            return roots
        dynamic = self._dynamic.get(fragment, []) if is_dynamic else []
        return dynamic or self._named.get(f"{place}#{fragment}", [])

    def _base_of(self, pointer: str) -> str:
        while pointer not in self._bases and pointer:
            pointer = pointer.rpartition("/")[0]
        return self._bases.get(pointer, "")

    def _name(self, document: object, pointer: str, base: str) -> None:
        """Finds subschemas with names; inside an enumeration there are none, but counting them does no harm."""
        waiting: list[tuple[object, str, str]] = [(document, pointer, base)]
        while waiting:
            value, place, around = waiting.pop()
            self.step()
            if isinstance(value, dict):
                found = cast("_Schema", value)
                if isinstance(named := found.get("$id"), str):
                    around = urldefrag(urljoin(around, named))[0]
                    self._bases[place] = around
                    self._named.setdefault(around, []).append(place)
                for word in ("$anchor", "$dynamicAnchor"):
                    if isinstance(anchor := found.get(word), str):
                        self._named.setdefault(f"{around}#{anchor}", []).append(place)
                        self._dynamic.setdefault(anchor, []).extend([place] * (word == "$dynamicAnchor"))
                waiting += [(each, f"{place}/{escape_pointer(name)}", around) for name, each in found.items()]
            elif isinstance(value, list):
                items = cast("list[object]", value)
                waiting += [(each, f"{place}/{index}", around) for index, each in enumerate(items)]


def _normal(pointer: str) -> str:
    return "".join(f"/{escape_pointer(_plain(step))}" for step in pointer.split("/")[1:])


def _plain(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _found(document: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        if isinstance(document, dict):
            document = cast("_Schema", document).get(_plain(step))
        elif isinstance(document, list) and step.isdigit() and int(step) < len(cast("list[object]", document)):
            document = cast("list[object]", document)[int(step)]
        else:
            return None
    return document


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _map(value: object) -> _Schema:
    return cast("_Schema", value) if isinstance(value, dict) else {}


def _are_disjoint(sets: Sequence[set[str]]) -> bool:
    every = [text for texts in sets for text in texts]
    return len(every) == len(set(every))


def _texts(schema: object) -> set[str]:
    found = _map(schema)
    values = [found["const"]] if "const" in found else _list(found.get("enum"))
    return (
        {value for value in values if isinstance(value, str)}
        if all(isinstance(value, str) for value in values)
        else set()
    )
