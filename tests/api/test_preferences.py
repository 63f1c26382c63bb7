"""The Prefer header (RFC 7240), and what it changes in an answer."""

import httpx2
import pytest

MINIMAL = {"Prefer": "return=minimal"}
LENIENT = {"Prefer": "handling=lenient"}


async def test_a_write_says_no_more_than_is_new_to_who_prefers_that(client: httpx2.AsyncClient) -> None:
    created = await client.post("/records", json={"payload": 1}, headers=MINIMAL)
    address = created.headers["location"]
    put = await client.put(address, json={"payload": 2}, headers=MINIMAL)
    patch = {**MINIMAL, "Content-Type": "application/merge-patch+json"}
    patched = await client.patch(address, content='{"payload": 3}', headers=patch)

    assert [answer.status_code for answer in (created, put, patched)] == [201, 204, 204]
    assert [answer.headers["etag"] for answer in (created, put, patched)] == ['"1"', '"2"', '"3"']
    for answer in (created, put, patched):
        assert answer.content == b""
        assert answer.headers["preference-applied"] == "return=minimal"
        assert answer.headers["vary"] == "Prefer"


async def test_a_write_answers_with_the_record_unless_told_otherwise(client: httpx2.AsyncClient) -> None:
    silent = await client.post("/records", json={"payload": 1})
    asked = await client.post("/records", json={"payload": 1}, headers={"Prefer": "return=representation"})

    assert silent.json()["payload"] == asked.json()["payload"] == 1
    assert "preference-applied" not in silent.headers
    assert asked.headers["preference-applied"] == "return=representation"


async def test_unknown_members_are_refused_unless_the_client_is_lenient(client: httpx2.AsyncClient) -> None:
    body = {"payload": {"colour": "red"}, "colour": "blue"}

    strict = await client.post("/records", json=body, headers={"Prefer": "handling=strict"})
    lenient = await client.post("/records", json=body, headers=LENIENT)

    assert (strict.status_code, lenient.status_code) == (422, 201)
    assert lenient.json()["payload"] == {"colour": "red"}
    assert lenient.headers["preference-applied"] == "handling=lenient"


async def test_unknown_parameters_are_refused_unless_the_client_is_lenient(client: httpx2.AsyncClient) -> None:
    await client.post("/records", json={"payload": 1, "collection": "other"})
    query = {"collection": "people", "utm_source": "x"}

    assert (await client.get("/records", params=query)).status_code == 422
    assert (await client.get("/records", params=query, headers=LENIENT)).json()["items"] == []


@pytest.mark.parametrize("body", [{"payload": 1, "tags": 5, "colour": "blue"}, {"colour": "blue"}])
async def test_leniency_does_not_reach_what_is_wrong(client: httpx2.AsyncClient, body: dict[str, object]) -> None:
    answer = await client.post("/records", json=body, headers=LENIENT)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("header", "applied"),
    [
        ("Return=Minimal", "return=minimal"),
        ('return="minimal"; foo="a;b", respond-async, wait=10', "return=minimal"),
        ("return=minimal, return=representation", "return=minimal"),
        ("return=minimal,handling=lenient", "return=minimal, handling=lenient"),
        ("return=nothing, handling", None),
        (';;;=,"', None),
    ],
)
async def test_reads_the_header_as_the_rfc_has_it(client: httpx2.AsyncClient, header: str, applied: str | None) -> None:
    answer = await client.post("/records", json={"payload": 1}, headers={"Prefer": header})

    assert answer.headers.get("preference-applied") == applied
    assert answer.is_success


async def test_a_list_that_has_not_changed_is_304(client: httpx2.AsyncClient) -> None:
    await client.post("/records", json={"payload": 1})
    first = await client.get("/records")

    same = await client.get("/records", headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    strong = await client.get("/records", headers={"If-None-Match": first.headers["etag"].removeprefix("W/")})
    await client.post("/records", json={"payload": 2})
    changed = await client.get("/records", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["etag"].startswith('W/"')
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (strong.status_code, changed.status_code) == (304, 200)
    assert len(changed.json()["items"]) == 2
