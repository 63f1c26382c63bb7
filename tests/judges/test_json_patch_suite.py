"""JSON Patch against json-patch-test-suite: each case is a PATCH of a record whose payload is the document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from datastore_service.domain.json_value import Json, same_json

JSON_PATCH = {"Content-Type": "application/json-patch+json"}


def in_payload(operation: Json) -> Json:
    """Makes an operation on a document one on a record whose payload is the document."""
    if not isinstance(operation, dict):
        return operation
    pointers = {name: operation[name] for name in ("path", "from") if name in operation}
    return operation | {
        name: f"/payload{pointer}"
        for name, pointer in pointers.items()
        if isinstance(pointer, str) and pointer[:1] in ("", "/")
    }


async def verdict_on(case: Mapping[str, Any], client: httpx2.AsyncClient) -> str | None:
    """Returns what is wrong with the service's answer to a case, or None."""
    created = await client.post("/records", json={"payload": case["doc"]})
    address = created.headers["location"]

    patch = json.dumps([in_payload(operation) for operation in case["patch"]])
    answer = await client.patch(address, content=patch, headers=JSON_PATCH)
    left = await client.get(address)

    payload: Json = json.loads(left.content)["payload"]
    if "error" in case:
        refused = answer.status_code in (400, 409) and answer.headers["content-type"] == "application/problem+json"
        kept = left.headers["etag"] == '"1"' and same_json(payload, case["doc"])
        return None if refused and kept else f"was to fail: {answer.status_code} {answer.text}"
    right = answer.status_code == 200 and same_json(payload, case.get("expected", case["doc"]))
    return None if right else f"was to pass: {answer.status_code} {answer.text}"


@pytest.mark.parametrize(("name", "least"), [("tests.json", 75), ("spec_tests.json", 15)])
async def test_passes_each_case(packages: Path, sql_client: httpx2.AsyncClient, name: str, least: int) -> None:
    text = (packages / "json-patch-test-suite" / name).read_text(encoding="utf-8")
    cases = [case for case in json.loads(text) if "patch" in case and not case.get("disabled")]
    assert len(cases) >= least

    verdicts = [(case.get("comment"), case["patch"], await verdict_on(case, sql_client)) for case in cases]

    assert [verdict for verdict in verdicts if verdict[2]] == []
