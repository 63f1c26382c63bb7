"""Bodies that are compressed, in and out."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from fastapi import FastAPI

from datastore_service.application.mediator import Mediator
from tests.api.streams import opened
from tests.apps import shared_app
from tests.settings import settings_with

LARGE = {"payload": {"text": "many words, " * 500}}
SMALL = {"payload": 1}
JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def in_two_members(body: bytes) -> bytes:
    return gzip.compress(body[:7]) + gzip.compress(body[7:])


async def in_pieces(body: bytes, size: int = 3) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def client_of(app: FastAPI, accepted: str = "identity") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Accept-Encoding": accepted}
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080", headers=headers)


async def raw(client: httpx2.AsyncClient, path: str, **headers: str) -> tuple[httpx2.Response, bytes]:
    """Returns an answer, and its body as it was sent."""
    async with client.stream("GET", path, headers=headers) as answer:
        body = b"".join([piece async for piece in answer.aiter_raw()])
    return answer, body


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", gzip.compress),
        ("gzip", in_two_members),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
    ],
)
@pytest.mark.parametrize("pieces", [True, False])
async def test_takes_bodies_that_are_compressed(
    client: httpx2.AsyncClient, coding: str, pack: Callable[[bytes], bytes], *, pieces: bool
) -> None:
    packed = pack(json.dumps(LARGE).encode())
    content = in_pieces(packed) if pieces else packed

    answer = await client.post("/records", content=content, headers=JSON | {"Content-Encoding": coding})

    assert (answer.status_code, answer.json()["payload"]) == (201, LARGE["payload"])


async def test_graphql_takes_compressed_bodies(client: httpx2.AsyncClient) -> None:
    body = gzip.compress(b'{"query": "{ __typename }"}')

    answer = await client.post("/graphql", content=body, headers=JSON | {"Content-Encoding": "gzip"})

    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_imports_take_compressed_bodies(client: httpx2.AsyncClient) -> None:
    lines = b"".join(b'{"payload": %d}\n' % number for number in range(5000))

    answer = await client.post(
        "/import", content=in_pieces(gzip.compress(lines), 100), headers=NDJSON | {"Content-Encoding": "gzip"}
    )

    assert (answer.status_code, answer.json()["created"]) == (200, 5000)


# Without the time: each worker of pytest has to collect the same tests.
PACKED = gzip.compress(json.dumps(LARGE).encode(), mtime=0)


@pytest.mark.parametrize(
    ("coding", "body", "said"),
    [
        ("gzip", b"no gzip", "cannot be unpacked"),
        ("gzip", PACKED[:-20], "ends too early"),
        ("gzip", PACKED[:4], "ends too early"),
        ("gzip", PACKED[:-8] + b"\0" * 8, "cannot be unpacked"),
        ("gzip", PACKED + b"garbage", "cannot be unpacked"),
        ("deflate", b"\xff\xff", "cannot be unpacked"),
        ("deflate", zlib.compress(b"{}") + b"x", "goes on after its end"),
    ],
)
@pytest.mark.parametrize(("path", "kind"), [("/records", JSON), ("/import", NDJSON)])
async def test_refuses_what_is_not_compressed_as_it_says(
    client: httpx2.AsyncClient, coding: str, body: bytes, said: str, path: str, kind: dict[str, str]
) -> None:
    answer = await client.post(path, content=body, headers=kind | {"Content-Encoding": coding})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert answer.json()["detail"] == f"The body {said}; by its Content-Encoding it is {coding}."


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "gzip, identity", "compress"])
async def test_refuses_other_codings_and_names_its_own(client: httpx2.AsyncClient, coding: str) -> None:
    answer = await client.post("/records", content=PACKED, headers=JSON | {"Content-Encoding": coding})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert answer.headers["accept-encoding"].startswith("gzip, deflate")


@pytest.mark.parametrize("path", ["/records", "/graphql"])
async def test_the_limit_is_on_what_a_body_unpacks_to(mediator: Mediator, path: str) -> None:
    app = shared_app(settings_with("limits.body_bytes=100000"), mediator)
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    fitting = gzip.compress(json.dumps({"payload": "x" * 90_000, "query": "{ __typename }"}).encode())
    async with client_of(app) as client:
        headers = JSON | {"Content-Encoding": "gzip"}
        bombed = await client.post(path, content=bomb, headers=headers)
        taken = await client.post(path, content=fitting, headers=headers)

    assert len(bomb) < 100_000
    assert bombed.status_code == 413
    assert taken.status_code != 413


@pytest.mark.parametrize(
    ("accepted", "coded"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("*", True),
        ("gzip;q=0.5", True),
        ("identity;q=0.5, gzip;q=0.7", True),
        ("GZIP", True),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("br, deflate", False),
        ("identity, gzip;q=0.5", False),
        ("", False),
    ],
)
async def test_answers_are_compressed_for_those_who_take_it(app: FastAPI, accepted: str, *, coded: bool) -> None:
    async with client_of(app, accepted) as client:
        created = await client.post("/records", json=LARGE)
        answer, body = await raw(client, created.headers["location"])
        small = await client.post("/records", json=SMALL)
        head = await client.head(created.headers["location"])

    assert answer.headers.get("content-encoding") == ("gzip" if coded else None)
    assert answer.headers["vary"] == head.headers["vary"] == "Accept-Encoding"
    assert json.loads(gzip.decompress(body) if coded else body)["payload"] == LARGE["payload"]
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["etag"] == ('"1-gzip"' if coded else '"1"')
    assert "content-encoding" not in small.headers
    assert "vary" not in small.headers


async def test_the_etag_of_a_compressed_answer_is_good_for_conditions(app: FastAPI) -> None:
    async with client_of(app, "gzip") as client:
        created = await client.post("/records", json=LARGE)
        place, tag = created.headers["location"], created.headers["etag"]
        held = await client.get(place, headers={"If-None-Match": tag})
        changed = await client.put(place, json=SMALL, headers={"If-Match": tag})
        late = await client.put(place, json=SMALL, headers={"If-Match": tag})
        weak = await client.put(place, json=SMALL, headers={"If-Match": 'W/"2"'})
        plain = await client.put(place, json=LARGE, headers={"If-Match": '"2"'})
        listed = await client.get("/records")
        unchanged = await client.get("/records", headers={"If-None-Match": listed.headers["etag"]})

    assert tag == '"1-gzip"'
    assert (held.status_code, held.headers["etag"]) == (304, tag)
    assert [answer.headers.get("vary") for answer in (held, unchanged)] == ["Accept-Encoding"] * 2
    assert [answer.status_code for answer in (changed, late, weak, plain, unchanged)] == [200, 412, 412, 200, 304]
    assert changed.headers["etag"] == '"2"'
    assert (listed.headers["content-encoding"], listed.headers["etag"]) == ("gzip", unchanged.headers["etag"])


async def test_exports_are_compressed_as_they_are_made(app: FastAPI) -> None:
    async with client_of(app, "gzip") as client:
        for _ in range(3):
            await client.post("/records", json=LARGE)
        answer, body = await raw(client, "/export")

    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert "content-length" not in answer.headers
    assert [json.loads(line)["payload"] for line in gzip.decompress(body).splitlines()] == [LARGE["payload"]] * 3


async def test_streams_of_events_are_not_compressed(app: FastAPI) -> None:
    async with opened(app, "/graphql?query={__typename}", {"accept-encoding": "gzip"}) as stream:
        assert (await stream.event())["event"] == "next"

    assert "content-encoding" not in stream.headers


async def test_compression_can_be_turned_off(mediator: Mediator) -> None:
    app = shared_app(settings_with("server.compress=false"), mediator)
    async with client_of(app, "gzip") as client:
        created = await client.post("/records", json=LARGE)

    assert (created.headers["etag"], "content-encoding" in created.headers) == ('"1"', False)
