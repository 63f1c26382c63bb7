"""Requests within the limits of bytes, made up to keep the service busy: for each door, of each of its parts a lot."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

JSON: Final = {"Content-Type": "application/json"}
MERGE_PATCH: Final = {"Content-Type": "application/merge-patch+json"}
JSON_PATCH: Final = {"Content-Type": "application/json-patch+json"}
MOST_BYTES: Final = 8_000_000

_NAMES: Final = ["a", "b", "id", "op", "payload", "tags", "collection", "eq", "$ref", "type", "x" * 300, "é", ""]
_ATOMS: Final = [
    *("0", "-1", "1e100", "1.10", "1E5", "9" * 30, "null", "true", "{}", "[]", '{"a":1}', "[1]"),
    *('""', '"a"', '"\\u00e9"', f'"{"x" * 99}"'),
]
_KEYWORDS: Final = ["allOf", "anyOf", "oneOf", "not", "if", "then", "properties", "items", "contains", "prefixItems"]
_KEYWORDS_MORE: Final = [
    "additionalProperties",
    "patternProperties",
    "dependentSchemas",
    "unevaluatedProperties",
    "$ref",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Attributes:
        name: What it is, for whoever reads the failure.
        method: Of HTTP; WEBSOCKET sends the body as the payload of an operation of GraphQL.
    """

    name: str
    method: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


@dataclass(slots=True)
class Making:
    """Makes requests, by chance.

    Attributes:
        chance: The same numbers give the same requests.
        most: The most bytes of a body.
    """

    chance: random.Random
    most: int = MOST_BYTES

    def some(self) -> Iterator[Asked]:
        """Makes the requests that belong together: the one that is meant is the last."""
        make = self.chance.choice(_MAKERS)
        yield from make(self)

    def size(self) -> int:
        """Returns a number of bytes: each order of magnitude is as frequent as the others."""
        return int(10 ** self.chance.uniform(1, self.chance.choice([3, 4, 4, 4, 4, 6.9]) if self.most > 10**6 else 4))

    def text(self) -> str:
        """Returns a JSON text of about so many bytes, wide or deep."""
        size, atom = self.size(), self.chance.choice(_ATOMS)
        match self.chance.randrange(6):
            case 0:
                return "[" + ",".join([atom] * (size // (len(atom) + 1) + 1)) + "]"
            case 1:
                number = size // (len(atom) + 10) + 1
                return "{" + ",".join(f'"k{index}":{atom}' for index in range(number)) + "}"
            case 2:
                depth = min(size, 90)
                tower = "[" * depth + atom + "]" * depth
                return "[" + ",".join([tower] * (size // (len(tower) + 1) + 1)) + "]"
            case 3:
                depth = min(size, 90)
                return '{"a":' * depth + atom + "}" * depth
            case 4:
                return '"' + self.chance.choice(["x", "\\n", "\\u00e9", "é", ",[{", "% _"]) * (size // 3) + '"'
            case _:
                return atom

    def object(self, *names: str) -> str:
        """Returns an object with some of these members, and perhaps others."""
        members = {name: self.text() for name in names if self.chance.random() < 0.6}
        if self.chance.random() < 0.3:
            members |= {f"x{index}": "1" for index in range(self.size() // 10)}
        if self.chance.random() < 0.3:
            members[self.chance.choice(_NAMES)] = self.text()
        return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in members.items()) + "}"

    def list_of(self, item: Callable[[], str]) -> str:
        """Returns an array of one such item again and again, or of several."""
        items = [item() for _ in range(self.chance.randrange(1, 4))]
        times = self.size() // (sum(map(len, items)) + len(items)) + 1
        return "[" + ",".join(items * times) + "]"

    def schema(self, depth: int = 4) -> Any:  # noqa: ANN401 - a JSON Schema
        """Returns a schema whose parts refer to each other."""
        if depth == 0 or self.chance.random() < 0.2:
            return self.chance.choice(
                [True, {"$ref": "#"}, {"$ref": "#/$defs/a"}, {"type": "integer"}, {"enum": [1, 2]}]
            )
        found: dict[str, Any] = {}
        for word in self.chance.sample(_KEYWORDS + _KEYWORDS_MORE, self.chance.randrange(1, 4)):
            match word:
                case "allOf" | "anyOf" | "oneOf" | "prefixItems":
                    found[word] = [self.schema(depth - 1)] * self.chance.randrange(1, 4)
                case "properties" | "dependentSchemas" | "patternProperties":
                    names = self.chance.sample(["a", "b", ".", "c"], self.chance.randrange(1, 4))
                    found[word] = {name: self.schema(depth - 1) for name in names}
                case "$ref":
                    found[word] = self.chance.choice(["#", "#/$defs/a", "#/$defs/b"])
                case _:
                    found[word] = self.schema(depth - 1)
        if depth == 4:
            found["$defs"] = {"a": self.schema(2), "b": self.schema(2)}
        return found


def _in(name: str, method: str, path: str, text: str, headers: Mapping[str, str] = JSON) -> Asked:
    return Asked(name, method, path, text.encode()[:MOST_BYTES], headers)


def _record(making: Making) -> Iterator[Asked]:
    yield _in("a record", "POST", "/records", making.object("payload", "tags", "collection", "id"))


def _payload(making: Making) -> Iterator[Asked]:
    yield _in("a payload", "POST", "/records", f'{{"payload":{making.text()}}}')


def _patch(making: Making) -> Iterator[Asked]:
    path = f"/records/{UUID(int=making.chance.randrange(3))}"
    yield _in("a record to patch", "PUT", path, f'{{"payload":{making.text()}}}')
    operations = ["add", "remove", "replace", "move", "copy", "test"]

    def operation() -> str:
        place, other = making.chance.choice(["/payload/0", "/payload/-", "/payload", "/payload/a", ""]), "/payload/0"
        kind = making.chance.choice(operations)
        return f'{{"op":"{kind}","path":"{place}","from":"{other}","value":{making.chance.choice(_ATOMS)}}}'

    steps = [operation() for _ in range(making.chance.randrange(1, 4))]
    times = making.chance.choice([1, 10, 1000 // len(steps)])
    yield _in("a JSON Patch", "PATCH", path, "[" + ",".join(steps * times) + "]", JSON_PATCH)
    yield _in("a merge patch", "PATCH", path, f'{{"payload":{making.text()}}}', MERGE_PATCH)


def _batch(making: Making) -> Iterator[Asked]:
    def operation() -> str:
        kind = making.chance.choice(["create", "replace", "patch", "delete", "link", "none"])
        more = making.object("payload", "id", "lid", "refs", "if_match", "patch", "source", "target")
        return f'{{"op":"{kind}"{"," if more != "{}" else ""}{more[1:]}'

    yield _in("a batch", "POST", "/batch", f'{{"operations":{making.list_of(operation)}}}')


def _search(making: Making) -> Iterator[Asked]:
    path = making.chance.choice(["/records/search", "/records/aggregate", "/records/get"])

    def condition() -> str:
        names = ["payload.a", "payload.a.b", "payload.a[*].b[*]", "tags", "id", "created_at", "or", "and", "not"]
        name = making.chance.choice(names)
        operator = making.chance.choice(["eq", "in", "like", "gt", "contains", "exists", "any", "none", "size"])
        operand = '{"item.a":1}' if operator in {"any", "none"} else making.chance.choice(_ATOMS)
        return f'{{"{name}":{{"{operator}":{operand}}}}}'

    known = ["filter", "sort", "q", "tags", "limit", "ids", "measures", "group_by", "fields", "cursor"]
    if making.chance.random() < 0.5:
        yield _in(path, "POST", path, making.object(*making.chance.sample(known, 2)))
    else:
        word = making.chance.choice(["or", "and"])
        yield _in(f"{path} by conditions", "POST", path, f'{{"filter":{{"{word}":{making.list_of(condition)}}}}}')


def _collection(making: Making) -> Iterator[Asked]:
    path = f"/collections/c{making.chance.randrange(10**9)}"
    schema = json.dumps(making.schema()) if making.chance.random() < 0.8 else making.text()
    yield _in("a schema", "PUT", path, f'{{"schema":{schema}}}')
    name = path.rpartition("/")[2]
    deep = '{"a":' * making.chance.randrange(1, 60)
    values = [making.text(), deep + "1" + "}" * deep.count("{"), "[" * 40 + "1" + "]" * 40]
    for value in values:
        text = f'{{"collection":"{name}","payload":{value}}}'
        yield _in(f"a payload for the schema {schema[:500]}", "POST", "/records", text)


_DOCUMENTS: Final = [
    "query ($v: [RecordOrder!]) { records(orderBy: $v) { nodes { id } } }",
    "query ($v: RecordFilter) { records(filter: $v) { nodes { id } } }",
    "query ($v: [ID!]!) { nodes(ids: $v) { id } }",
    "query ($v: [String!]) { records(tags: $v) { totalCount } }",
    "mutation ($v: CreateRecordInput!) { createRecord(input: $v) { record { id } userErrors { code } } }",
    "mutation ($v: ApplyBatchInput!) { applyBatch(input: $v) { results { id } userErrors { code } } }",
]


def _graphql(making: Making) -> Iterator[Asked]:
    members = ["payload", "tags", "id", "operations", "attribute", "direction", "collection", "and", "or", "not"]

    def input_object() -> str:
        return making.object(*making.chance.sample(members, 2))

    value = making.chance.choice([input_object, making.text, lambda: making.list_of(input_object)])()
    query = making.chance.choice(_DOCUMENTS)
    method = making.chance.choice(["POST", "POST", "WEBSOCKET"])
    yield _in(
        f"variables of {query}", method, "/graphql", f'{{"query":{json.dumps(query)},"variables":{{"v":{value}}}}}'
    )


def _document(making: Making) -> Iterator[Asked]:
    part = making.chance.choice(
        [
            "__typename ",
            "a: __typename ",
            "... { __typename } ",
            "#\n",
            ", ",
            "...F ",
            "records { nodes { id } } ",
            "é",
            "{ ",
        ]
    )
    literal = making.chance.choice(['"%s"', '"""%s"""', "[%s]", "{ %s }"])
    many = making.size()
    query = making.chance.choice(
        [
            "{ " + part * (many // len(part) + 1) + "__typename }",
            "{ records(search: " + literal % ("a: 1 " * (many // 5)) + ") { totalCount } }",
            "{ records(filter: { payload: [" + '{ path: "a", eq: 1 } ' * (many // 20) + "] }) { totalCount } }",
            "query (" + "".join(f"$v{index}: Int " for index in range(many // 10)) + ") { __typename }",
            "fragment F on Query { ...F " + "...F " * (many // 5) + "} { ...F }",
        ]
    )
    yield _in("a document", making.chance.choice(["POST", "WEBSOCKET"]), "/graphql", json.dumps({"query": query}))


def _import(making: Making) -> Iterator[Asked]:
    lines = [making.text().replace("\n", " ") for _ in range(making.chance.randrange(1, 4))]
    times = making.size() // (sum(map(len, lines)) + len(lines)) + 1
    text = "\n".join(lines * times) + "\n"
    yield _in("an import", "POST", "/import?collection=imported", text, {"Content-Type": "application/x-ndjson"})


def _csv(making: Making) -> Iterator[Asked]:
    columns = min(making.size() // 6 + 1, 100_000)
    head = ",".join(f"c{index}" for index in range(columns))
    row = ",".join([making.chance.choice(["1", '"a"', "", '"', "x" * 50])] * columns)
    text = head + "\n" + (row + "\n") * (making.size() // (len(row) + 1) + 1)
    yield _in("a CSV", "POST", "/import?collection=imported", text, {"Content-Type": "text/csv"})


def _webhook(making: Making) -> Iterator[Asked]:
    known = ["url", "collections", "operations", "events", "description", "secret"]
    yield _in("a webhook", "POST", "/webhooks", making.object(*making.chance.sample(known, 3)))


_MAKERS: Final[list[Callable[[Making], Iterator[Asked]]]] = [
    *(_record, _payload, _patch, _batch, _search, _search),
    *(_collection, _collection, _graphql, _graphql, _document, _import, _csv, _webhook),
]
