"""Bulk over REST: what lines become, what is said of those that cannot be stored, and that an export can come back."""

import json
from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx
import pytest

type Report = dict[str, Any]

NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


async def imported(client: httpx.AsyncClient, body: bytes, headers: dict[str, str] = NDJSON, **query: object) -> Report:
    response = await client.post("/import", content=body, headers=headers, params=cast("dict[str, str]", query))
    assert response.status_code == 200, response.text
    return response.json()


async def exported(client: httpx.AsyncClient, **query: object) -> list[dict[str, Any]]:
    response = await client.get("/export", params=cast("dict[str, str]", query))
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


async def payloads(client: httpx.AsyncClient, **query: object) -> list[object]:
    return [record["payload"] for record in await exported(client, **query)]


async def test_each_line_becomes_a_record(client: httpx.AsyncClient) -> None:
    report = await imported(
        client, lines({"payload": 1}, {"collection": "people", "payload": {"name": "Ada"}, "tags": ["a"]})
    )

    assert report == {
        "lines": 2,
        "created": 2,
        "replaced": 0,
        "skipped": 0,
        "rejected": 0,
        "resumed_after": 0,
        "rejections": [],
    }
    (ada,) = await exported(client, collection="people")
    assert (ada["payload"], ada["tags"], ada["version"]) == ({"name": "Ada"}, ["a"], 1)
    assert (await client.get(f"/records/{ada['id']}")).json() == ada


async def test_an_export_comes_back_as_it_went(client: httpx.AsyncClient) -> None:
    await imported(client, lines({"payload": 'a "quoted"\ntext'}, {"collection": "people", "payload": [1.50, None]}))
    before = await exported(client)

    again = await imported(client, lines(*before), on_conflict="replace")

    assert again["replaced"] == 2
    assert [record | {"version": 1} for record in await exported(client)] == [
        record | {"updated_at": after["updated_at"]}
        for record, after in zip(before, await exported(client), strict=True)
    ]


async def test_csv_comes_back_as_it_went(client: httpx.AsyncClient) -> None:
    await imported(client, lines({"payload": 'a "quoted",\ntext', "tags": ["x", "y"]}, {"payload": {"a": [1]}}))
    before = await exported(client)
    csv = (await client.get("/export", headers={"Accept": "text/csv"})).content

    report = await imported(client, csv, CSV, on_conflict="replace")

    assert (report["replaced"], report["rejected"]) == (2, 0)
    after = await exported(client)
    assert [(record["payload"], record["tags"]) for record in after] == [
        (record["payload"], record["tags"]) for record in before
    ]


@pytest.mark.parametrize(
    ("line", "code", "part"),
    [
        (b"{", "malformed_line", "line 1, column 2"),
        (b"[1]", "malformed_line", "no JSON object"),
        (b'{"payload": NaN}', "malformed_line", "NaN"),
        (b'{"payload": "\xff"}', "malformed_line", "UTF-8"),
        (b"{}", "validation_failed", "payload"),
        (b'{"payload": 1, "x": 2}', "validation_failed", "'x'"),
        (b'{"payload": 1, "id": 7}', "validation_failed", "UUID"),
        (b'{"payload": 1, "id": "x"}', "validation_failed", "UUID"),
        (b'{"payload": 1, "tags": "x"}', "validation_failed", "tags"),
        (b'{"payload": 1, "tags": [1]}', "validation_failed", "tag"),
        (b'{"payload": 1, "collection": null}', "validation_failed", "collection"),
        (b'{"payload": "\\u0000"}', "validation_failed", "NUL"),
    ],
)
async def test_a_bad_line_is_named_and_the_others_are_stored(
    client: httpx.AsyncClient, line: bytes, code: str, part: str
) -> None:
    report = await imported(client, b'{"payload": 1}\n' + line + b'\n\n{"payload": 3}')

    assert (report["lines"], report["created"], report["rejected"]) == (4, 2, 1)
    (rejection,) = report["rejections"]
    assert (rejection["line"], rejection["code"]) == (2, code)
    assert part in rejection["detail"]
    assert await payloads(client) == [1, 3]


async def test_payloads_can_be_lines_of_their_own(client: httpx.AsyncClient) -> None:
    await imported(client, lines({"payload": 1}, 2), payloads=True, collection="raw")

    assert await payloads(client, collection="raw") == [{"payload": 1}, 2]


async def test_rows_of_csv_become_payloads(client: httpx.AsyncClient) -> None:
    csv = b'\xef\xbb\xbfname,age,note\r\n"Lovelace, Ada",36,"two\nlines"\r\nBob,,\r\nEve,1\r\n'

    report = await imported(client, csv, CSV, typed=True)

    assert await payloads(client) == [{"name": "Lovelace, Ada", "age": 36, "note": "two\nlines"}, {"name": "Bob"}]
    assert [(each["line"], each["code"]) for each in report["rejections"]] == [(5, "malformed_line")]


async def test_cells_are_texts_unless_they_are_typed(client: httpx.AsyncClient) -> None:
    await imported(client, b"zip,age\n01234,36\n", CSV)

    assert await payloads(client) == [{"zip": "01234", "age": "36"}]


@pytest.mark.parametrize(
    ("cell", "payload"),
    [
        ("-0", 0),
        ("-0.0", 0),
        ("1e999999999", "1e999999999"),
        ("-1e-999999", "-1e-999999"),
        ("007", "007"),
        ("NaN", "NaN"),
        ("-", "-"),
        ("1e5", 100000),
        ("null", None),
    ],
)
async def test_typed_cells_that_are_no_number_of_the_store_stay_texts(
    client: httpx.AsyncClient, cell: str, payload: object
) -> None:
    report = await imported(client, f"x\n{cell}\n".encode(), CSV, typed=True)

    assert report["rejections"] == []
    assert await payloads(client) == [{"x": payload}]


async def test_byte_order_marks_are_passed_over(client: httpx.AsyncClient) -> None:
    report = await imported(client, b'\xef\xbb\xbf{"payload": 1}\n\xef\xbb\xbf{"payload": -0.0}\n')

    assert report["rejections"] == []
    assert await payloads(client) == [1, 0]


async def test_a_header_that_names_a_column_twice_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/import", content=b"a,a\n1,2\n", headers=CSV)

    assert (response.status_code, response.json()["code"]) == (400, "malformed_line")


async def test_a_long_line_is_rejected_however_it_arrives(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncGenerator[bytes]:
        yield b'{"payload": 1}\n{"payload": "'
        for _ in range(9):
            yield b"x" * (1024 * 1024)
        yield b'"}\n{"payload": 3}\n'

    response = await client.post("/import", content=pieces(), headers=NDJSON)

    assert [(each["line"], each["code"]) for each in response.json()["rejections"]] == [(2, "malformed_line")]
    assert await payloads(client) == [1, 3]


async def test_an_import_with_a_name_is_done_once(client: httpx.AsyncClient) -> None:
    first = await imported(client, lines({"payload": 1}), name="people of 2026")
    again = await imported(client, lines({"payload": 1}), name="people of 2026")
    other = await client.post(
        "/import", content=lines({"payload": 2}), headers=NDJSON, params={"name": "people of 2026"}
    )

    assert (first["resumed_after"], again["resumed_after"]) == (0, 1)
    assert (other.status_code, other.json()["code"]) == (409, "import_name_taken")
    assert await payloads(client) == [1]


@pytest.mark.parametrize(
    ("headers", "query", "status", "code"),
    [
        ({"Content-Type": "application/json"}, {}, 415, "unsupported_media_type"),
        ({}, {}, 415, "unsupported_media_type"),
        (NDJSON | {"Idempotency-Key": "k"}, {}, 400, "malformed_header"),
        (NDJSON | {"Accept": "text/html"}, {}, 406, "not_acceptable"),
        (NDJSON, {"on_conflict": "panic"}, 422, "validation_failed"),
        (NDJSON, {"collection": "no name"}, 422, "validation_failed"),
        (NDJSON, {"unknown": "1"}, 422, "validation_failed"),
    ],
)
async def test_refuses_what_is_no_import(
    client: httpx.AsyncClient, headers: dict[str, str], query: dict[str, str], status: int, code: str
) -> None:
    response = await client.post("/import", content=lines({"payload": 1}), headers=headers, params=query)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await payloads(client) == []


async def test_refuses_what_is_no_export(client: httpx.AsyncClient) -> None:
    assert (await client.get("/export", headers={"Accept": "text/html"})).status_code == 406
    assert (await client.get("/export", params={"collection": "no name"})).status_code == 422


async def test_an_empty_body_is_an_import_of_nothing(client: httpx.AsyncClient) -> None:
    assert (await imported(client, b""))["lines"] == 0
    assert (await imported(client, b"", CSV))["lines"] == 0
