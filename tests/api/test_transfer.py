"""Bulk over REST: what lines become, what is said of those that cannot be stored, and that an export can come back."""

import json
from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx2
import pytest

type Report = dict[str, Any]

NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


async def imported(
    client: httpx2.AsyncClient, body: bytes, headers: dict[str, str] = NDJSON, **query: object
) -> Report:
    response = await client.post("/import", content=body, headers=headers, params=cast("dict[str, str]", query))
    assert response.status_code == 200, response.text
    return response.json()


async def exported(client: httpx2.AsyncClient, **query: object) -> list[dict[str, Any]]:
    response = await client.get("/export", params=cast("dict[str, str]", query))
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


async def payloads(client: httpx2.AsyncClient, **query: object) -> list[object]:
    return [record["payload"] for record in await exported(client, **query)]


async def test_each_line_becomes_a_record(client: httpx2.AsyncClient) -> None:
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


MANY = "[" + ",".join(["0"] * 250_001) + "]"
DEEP = "[" * 101 + "]" * 101


@pytest.mark.parametrize(("text", "bound"), [(MANY, "more than 250000 values"), (DEEP, "more than 100 levels deep")])
@pytest.mark.parametrize(
    ("form", "headers", "query"),
    [
        ('{"payload":%s}\n1\n', NDJSON, {}),
        ("%s\n{}\n", NDJSON, {"payloads": "true"}),
        ('payload,tags\n"%s",\nx,\n', CSV, {}),
        ('payload,tags\n1,"%s"\nx,\n', CSV, {}),
    ],
    ids=["record", "payload", "column payload", "column tags"],
)
async def test_the_json_of_a_line_is_bounded_as_that_of_a_body(
    client: httpx2.AsyncClient, text: str, bound: str, form: str, headers: dict[str, str], query: dict[str, str]
) -> None:
    report = await imported(client, (form % text).encode(), headers, **query)

    assert bound in report["rejections"][0]["detail"]
    # What follows is read as usual.
    assert report["lines"] == 2 + (headers is CSV)
    assert report["created"] == ("payloads" in query)


async def test_an_export_comes_back_as_it_went(client: httpx2.AsyncClient) -> None:
    await imported(client, lines({"payload": 'a "quoted"\ntext'}, {"collection": "people", "payload": [1.50, None]}))
    before = await exported(client)

    again = await imported(client, lines(*before), on_conflict="replace")

    assert again["replaced"] == 2
    assert [record | {"version": 1} for record in await exported(client)] == [
        record | {"updated_at": after["updated_at"]}
        for record, after in zip(before, await exported(client), strict=True)
    ]


async def test_csv_comes_back_as_it_went(client: httpx2.AsyncClient) -> None:
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
        (b"[1]", "malformed_line", "not a JSON object"),
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
    client: httpx2.AsyncClient, line: bytes, code: str, part: str
) -> None:
    report = await imported(client, b'{"payload": 1}\n' + line + b'\n\n{"payload": 3}')

    assert (report["lines"], report["created"], report["rejected"]) == (4, 2, 1)
    (rejection,) = report["rejections"]
    assert (rejection["line"], rejection["code"]) == (2, code)
    assert part in rejection["detail"]
    assert await payloads(client) == [1, 3]


async def test_payloads_can_be_lines_of_their_own(client: httpx2.AsyncClient) -> None:
    await imported(client, lines({"payload": 1}, 2), payloads=True, collection="raw")

    assert await payloads(client, collection="raw") == [{"payload": 1}, 2]


async def test_rows_of_csv_become_payloads(client: httpx2.AsyncClient) -> None:
    csv = b'\xef\xbb\xbfname,age,note\r\n"Lovelace, Ada",36,"two\nlines"\r\nBob,,\r\nEve,1\r\n'

    report = await imported(client, csv, CSV, typed=True)

    assert await payloads(client) == [{"name": "Lovelace, Ada", "age": 36, "note": "two\nlines"}, {"name": "Bob"}]
    assert [(each["line"], each["code"]) for each in report["rejections"]] == [(5, "malformed_line")]


async def test_cells_are_texts_unless_they_are_typed(client: httpx2.AsyncClient) -> None:
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
    client: httpx2.AsyncClient, cell: str, payload: object
) -> None:
    report = await imported(client, f"x\n{cell}\n".encode(), CSV, typed=True)

    assert report["rejections"] == []
    assert await payloads(client) == [{"x": payload}]


async def test_byte_order_marks_are_passed_over(client: httpx2.AsyncClient) -> None:
    report = await imported(client, b'\xef\xbb\xbf{"payload": 1}\n\xef\xbb\xbf{"payload": -0.0}\n')

    assert report["rejections"] == []
    assert await payloads(client) == [1, 0]


@pytest.mark.parametrize("blank", [b"", b"\n", b"\r\n"])
async def test_a_first_line_with_only_a_byte_order_mark_is_blank(client: httpx2.AsyncClient, blank: bytes) -> None:
    report = await imported(client, b"\xef\xbb\xbf" + blank + (b'{"payload": 1}\n' if blank else b""))

    assert (report["created"], report["rejected"]) == (1 if blank else 0, 0)


async def test_an_export_with_long_texts_comes_back(client: httpx2.AsyncClient) -> None:
    texts = ["x" * 131_073, '"\n' * 100_000, "a,b;c\td|" * 20_000]
    await imported(client, lines(*({"payload": {"t": text}} for text in texts)))
    csv = (await client.get("/export", headers={"Accept": "text/csv"})).content

    report = await imported(client, csv, CSV, on_conflict="replace")
    plain = await imported(client, b"name\n" + b"x" * 131_073 + b"\n" + b'"' + b"y" * 140_000 + b'"\n', CSV)

    assert (report["replaced"], report["rejections"]) == (3, [])
    assert (plain["created"], plain["rejections"]) == (2, [])


@pytest.mark.parametrize(
    ("rows", "created", "rejected"),
    [
        ('pipe,5"', 1001, []),
        ('pipe,5" wide', 1001, []),
        ('pi"pe,5', 1001, []),
        ('pipe,"5', 1000, [2]),
        ('"pipe,5', 1000, [2]),
        ('pipe,"5"x', 1000, [2]),
        ('pipe,"5" ', 1000, [2]),
        ('"pipe" ,5\npipe,"6', 1000, [2, 3]),
        ('pipe,"5"",', 1000, [2]),
        ('"two\nlines",5\nx,"5\n"", 6\nlines",7', 1000, [4]),
        ('"two\r\nlines","a ""quoted""\r\ntext"', 1001, []),
        ("pi\rpe,5", 1000, [2]),
    ],
)
@pytest.mark.parametrize("end", ["", 'x,"6\n'])
async def test_a_stray_double_quote_concerns_its_own_line_only(
    client: httpx2.AsyncClient, rows: str, created: int, rejected: list[int], end: str
) -> None:
    others = "".join(f"r{number},{number}\n" for number in range(1000))
    last = 2 + rows.count("\n") + 1000

    report = await imported(client, f"name,size\n{rows}\n{others}{end}".encode(), CSV)

    # The first row of two lines is stored.
    created += rows.startswith('"two\nlines"')
    assert [each["line"] for each in report["rejections"]] == rejected + ([last + 1] if end else [])
    assert report["created"] == created
    assert not any("universal" in each["detail"] for each in report["rejections"])


@pytest.mark.parametrize(
    ("csv", "query", "expected"),
    [
        ("a;b\n1;2\n", {}, {"a": "1", "b": "2"}),
        ('"a";b\n"x;y";2\n', {}, {"a": "x;y", "b": "2"}),
        ("a\tb\n1\t2\n", {}, {"a": "1", "b": "2"}),
        ("a|b\n1|2\n", {}, {"a": "1", "b": "2"}),
        ("a;b, c;d\n1;2;3\n", {}, {"a": "1", "b, c": "2", "d": "3"}),
        ('"a;b;c",d\n1,2\n', {}, {"a;b;c": "1", "d": "2"}),
        ("a;b\n1;2\n", {"delimiter": ","}, {"a;b": "1;2"}),
        ("a^b\n1^2\n", {"delimiter": "^"}, {"a": "1", "b": "2"}),
        ("a\tb\n1\t2\n", {"delimiter": "tab"}, {"a": "1", "b": "2"}),
        ("a;b;c\n-1,50;1.5;x,1\n", {"typed": True, "decimal": ","}, {"a": -1.5, "b": "1.5", "c": "x,1"}),
        ("a;b;c\n12;-0,004;1.234,5\n", {"typed": True, "decimal": ","}, {"a": 12, "b": -0.004, "c": "1.234,5"}),
        ("a;b\n1,5;2\n", {"typed": True}, {"a": "1,5", "b": 2}),
        ("\ufeffsep;b\n1;2\n", {}, {"sep": "1", "b": "2"}),
    ],
)
async def test_delimiters_and_decimals(
    client: httpx2.AsyncClient, csv: str, query: dict[str, object], expected: object
) -> None:
    report = await imported(client, csv.encode(), CSV, **query)

    assert report["rejections"] == []
    assert await payloads(client) == [expected]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"delimiter": '"'}, "delimiter"),
        ({"delimiter": "ab"}, "delimiter"),
        ({"delimiter": "\n"}, "delimiter"),
        ({"delimiter": "é"}, "delimiter"),
        ({"decimal": ";", "typed": "true"}, "decimal"),
        ({"decimal": ","}, "decimal"),
    ],
)
async def test_refuses_delimiters_and_decimals_that_are_none(
    client: httpx2.AsyncClient, query: dict[str, str], parameter: str
) -> None:
    response = await client.post("/import", content=b"a\n1\n", headers=CSV, params=query)

    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (422, parameter)


@pytest.mark.parametrize("media_type", ["application/jsonl", "application/ndjson", "application/json-lines"])
async def test_takes_and_gives_lines_under_each_of_their_media_types(
    client: httpx2.AsyncClient, media_type: str
) -> None:
    report = await imported(client, lines({"payload": 1}), {"Content-Type": f"{media_type}; charset=utf-8"})
    given = await client.get("/export", headers={"Accept": media_type})

    assert report["created"] == 1
    assert (given.headers["content-type"], given.json()["payload"]) == (media_type, 1)


async def test_bytes_of_another_encoding_are_refused_with_their_line(client: httpx2.AsyncClient) -> None:
    csv = "name\ncafé\nbar\n"

    latin = await imported(client, csv.encode("latin-1"), CSV)
    utf_16 = await client.post("/import", content=csv.encode("utf-16"), headers=CSV)
    lines_of_utf_16 = await imported(client, '{"payload": 1}'.encode("utf-16"))

    assert [each["line"] for each in latin["rejections"]] == [2]
    assert (utf_16.status_code, utf_16.json()["code"]) == (400, "malformed_line")
    for detail in (
        latin["rejections"][0]["detail"],
        utf_16.json()["detail"],
        lines_of_utf_16["rejections"][0]["detail"],
    ):
        assert "charset=" in detail
    assert await payloads(client) == [{"name": "bar"}]


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "utf8"])
async def test_a_charset_is_heeded(client: httpx2.AsyncClient, charset: str) -> None:
    csv = 'name;size\n"ca\nfé";1\n'.encode(charset)

    report = await imported(client, csv, {"Content-Type": f'text/csv; charset="{charset}"'})

    assert (report["lines"], report["rejections"]) == (2, [])
    assert await payloads(client) == [{"name": "ca\nfé", "size": "1"}]


async def test_a_byte_that_is_no_character_of_the_charset_rejects_its_line(client: httpx2.AsyncClient) -> None:
    headers = {"Content-Type": "text/csv; charset=windows-1252"}

    report = await imported(client, b"name\ncaf\xe9\nx\x81y\n\x80\n", headers)
    unknown = await client.post("/import", content=b"a\n1\n", headers={"Content-Type": "text/csv; charset=klingon"})

    assert [each["line"] for each in report["rejections"]] == [3]
    assert await payloads(client) == [{"name": "café"}, {"name": "€"}]
    assert (unknown.status_code, unknown.json()["code"]) == (415, "unsupported_media_type")
    assert "klingon" in unknown.json()["detail"]


async def test_a_name_is_not_for_another_csv_with_the_same_header(client: httpx2.AsyncClient) -> None:
    await imported(client, b"a,b\n1,2\n3,4\n", CSV, name="w")
    for other in (b"a,b\n9,9\n8,8\n", b"a,b\n1,2\n3,5\n", b"a,b\n1,2\n", b"a,b\n9,9\n8,8\n7,7\n", b"a,c\n1,2\n3,4\n"):
        refused = await client.post("/import", content=other, headers=CSV, params={"name": "w"})

        assert (refused.status_code, refused.json()["code"]) == (409, "import_name_taken"), other
    again = await imported(client, b"a,b\r\n1,2\r\n3,4", CSV, name="w")
    grown = await imported(client, b"a,b\n1,2\n3,4\n5,6\n", CSV, name="w")

    assert (again["resumed_after"], grown["resumed_after"], grown["created"]) == (3, 3, 3)
    assert len(await payloads(client)) == 3


@pytest.mark.parametrize("query", [{"collection": "x"}, {"payloads": True}, {"on_conflict": "skip"}])
async def test_a_name_is_not_for_other_options(client: httpx2.AsyncClient, query: dict[str, object]) -> None:
    await imported(client, lines({"payload": 1}, {"payload": 2}), name="n")

    refused = [
        await client.post(
            "/import", content=content, headers=NDJSON, params=cast("dict[str, str]", {"name": "n", **changed})
        )
        for content, changed in [
            (lines({"payload": 1}, {"payload": 2}), query),
            (lines({"payload": 1}, {"payload": 3}), {}),
        ]
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(409, "import_name_taken")] * 2
    assert await payloads(client) == [1, 2]


async def test_a_header_that_names_a_column_twice_is_refused(client: httpx2.AsyncClient) -> None:
    response = await client.post("/import", content=b"a,a\n1,2\n", headers=CSV)

    assert (response.status_code, response.json()["code"]) == (400, "malformed_line")


async def test_a_long_line_is_rejected_however_it_arrives(client: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncGenerator[bytes]:
        yield b'{"payload": 1}\n{"payload": "'
        for _ in range(9):
            yield b"x" * (1024 * 1024)
        yield b'"}\n{"payload": 3}\n'

    response = await client.post("/import", content=pieces(), headers=NDJSON)

    assert [(each["line"], each["code"]) for each in response.json()["rejections"]] == [(2, "malformed_line")]
    assert await payloads(client) == [1, 3]


async def test_an_import_with_a_name_is_done_once(client: httpx2.AsyncClient) -> None:
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
    client: httpx2.AsyncClient, headers: dict[str, str], query: dict[str, str], status: int, code: str
) -> None:
    response = await client.post("/import", content=lines({"payload": 1}), headers=headers, params=query)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await payloads(client) == []


async def test_refuses_what_is_no_export(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/export", headers={"Accept": "text/html"})).status_code == 406
    assert (await client.get("/export", params={"collection": "no name"})).status_code == 422


async def test_an_empty_body_is_an_import_of_nothing(client: httpx2.AsyncClient) -> None:
    assert (await imported(client, b""))["lines"] == 0
    assert (await imported(client, b"", CSV))["lines"] == 0
