"""Requests that kept everybody waiting, or took all memory, at one time."""

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.waiting.requests import JSON_PATCH, MOST_BYTES, Asked

_ORDER: Final = "query ($o: [RecordOrder!]) { records(orderBy: $o) { nodes { id } } }"
_AGAIN: Final = {"properties": {"a": {"$ref": "#"}}}


def _of(name: str, path: str, body: Any, method: str = "POST") -> Asked:  # noqa: ANN401 - any JSON
    return Asked(name, method, path, json.dumps(body).encode())


def _filled(atom: bytes, before: bytes = b'{"payload":[', after: bytes = b"]}") -> bytes:
    return before + b",".join([atom] * ((MOST_BYTES - 100) // (len(atom) + 1))) + after


def known() -> Iterator[Asked]:
    """Gives the requests."""
    for number in (5_000, 20_000, 300_000):
        for method in ("POST", "WEBSOCKET"):
            variables = {"o": [{f"x{index}": 1 for index in range(number)}]}
            body = {"query": _ORDER, "variables": variables}
            yield _of(f"{number} unknown members by {method}", "/graphql", body, method)
    yield _of("small wrong objects", "/graphql", {"query": _ORDER, "variables": {"o": [{"x": 1}] * 600_000}})
    yield _of("small wrong objects", "/batch", {"operations": [{}] * 200_000})
    yield _of("wrong ids", "/records/get", {"ids": [1] * 200_000})
    for atom in (b"0", b"{}", b"1e100", b'""', b"[]"):
        yield Asked(f"a payload of {atom!r}", "POST", "/records", _filled(atom))
        few = b'{"payload":[' + b",".join([atom] * 240_000) + b"]}"
        yield Asked(f"a payload of not quite too many {atom!r}", "POST", "/records", few)
    for text in ('"%s"', '"""%s"""', "#%s\n1"):
        query = f"{{ records(search: {text % ('x' * 7_900_000)}) {{ totalCount }} }}"
        yield _of("a long literal", "/graphql", {"query": query})
    yield from _schemas()
    yield from _patches()
    yield Asked(
        "malformed lines", "POST", "/import?collection=c", b"x\n" * 200_000, {"Content-Type": "application/x-ndjson"}
    )
    for name, rest in (("open", b""), ("closed", b'"\n'), ("broken", b'"x\n')):
        rows = b'a\n"' + b"\n" * (MOST_BYTES - 100) + rest
        yield Asked(f"blank lines in {name} quotes", "POST", "/import?collection=c", rows, {"Content-Type": "text/csv"})
    for atom in (b"0", b"{}", b"1e100"):
        line = _filled(atom, after=b"]}\n")
        headers = {"Content-Type": "application/x-ndjson"}
        yield Asked(f"a line of {atom!r}", "POST", "/import?collection=c", line, headers)
    wide = ",".join(f"c{index}" for index in range(16_000)) + "\n" + (",".join("1" * 16_000) + "\n") * 200
    headers = {"Content-Type": "text/csv"}
    yield Asked("many columns in each row", "POST", "/import?collection=c&typed=true", wide.encode(), headers)
    columns = 20_000
    csv = ",".join(f"c{index}" for index in range(columns)) + "\n" + ",".join("1" * columns)
    yield Asked("many columns", "POST", "/import?collection=c", csv.encode(), {"Content-Type": "text/csv"})


def _schemas() -> Iterator[Asked]:
    doubling = {f"d{number}": {"anyOf": [{"$ref": f"#/$defs/d{number + 1}"}] * 2} for number in range(20)}
    schemas: dict[str, Any] = {
        "twice": {"anyOf": [{**_AGAIN, "required": ["zz"]}, {**_AGAIN, "required": ["yy"]}]},
        "doubling": {"$defs": {**doubling, "d20": {"type": "integer"}}, "$ref": "#/$defs/d0"},
    }
    for name, schema in schemas.items():
        yield _of(f"the schema {name}", f"/collections/{name}", {"schema": schema}, "PUT")
        payload: Any = 1
        for _ in range(30):
            payload = {"a": payload}
        for value in (payload, "x", 1):
            yield _of(f"a payload for {name}", "/records", {"collection": name, "payload": value})


def _patches() -> Iterator[Asked]:
    path = "/records/01890a5d-ac96-774b-bcce-b302099a8057"
    yield Asked("a long array", "PUT", path, b'{"payload":[' + b",".join([b"0"] * 240_000) + b"]}")
    operations = {
        "insertions": {"op": "add", "path": "/payload/0", "value": 1},
        "additions": {"op": "add", "path": "/payload/-", "value": 1},
        "removals": {"op": "remove", "path": "/payload/0"},
        "moves": {"op": "move", "from": "/payload/0", "path": "/payload/-"},
        "copies": {"op": "copy", "from": "/payload/0", "path": "/payload/-"},
        "tests": {"op": "test", "path": "/payload", "value": [0]},
    }
    for name, operation in operations.items():
        yield Asked(f"1000 {name}", "PATCH", path, json.dumps([operation] * 1000).encode(), JSON_PATCH)
