"""The service below a path of a proxy: the addresses that it gives lead back to it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.config.loader import ConfigurationError
from datastore_service.database import StartupError
from tests.api.sockets import connected
from tests.apps import create_app, shared_app
from tests.settings import settings_with

PROXY = "10.1.2.3"


@asynccontextmanager
async def service(
    mediator: Mediator, *overrides: str, peer: str = PROXY, headers: Mapping[str, str] | None = None
) -> AsyncGenerator[httpx2.AsyncClient]:
    app = shared_app(settings_with("server.trusted_proxies=10.0.0.0/8", *overrides), mediator)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False, client=(peer, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080", headers=headers) as client:
        yield client


async def addresses(client: httpx2.AsyncClient, below: str = "") -> dict[str, Any]:
    """Returns the addresses in some answers."""
    created = [await client.post(f"{below}/records", json={"payload": n}) for n in range(2)]
    listed = await client.get(f"{below}/records?limit=1")
    collection = await client.put(f"{below}/collections/things", json={})
    missing = await client.get(f"{below}/nowhere")
    refused = await client.get(f"{below}/records", headers={"Host": "evil.example"})
    document = await client.get(f"{below}/openapi.json")
    page = await client.get(f"{below}/docs")
    assert [answer.status_code for answer in (*created, listed, collection)] == [201, 201, 200, 201]
    return {
        "record": created[0].headers["location"].rpartition("/")[0],
        "collection": collection.headers["location"],
        "next": listed.headers["link"].partition("?")[0],
        "problem": missing.json()["type"],
        "refusal": refused.json()["type"],
        "server": document.json()["servers"][0]["url"],
        "page": page.status_code,
    }


def expected(prefix: str) -> dict[str, Any]:
    return {
        "record": f"{prefix}/records",
        "collection": f"{prefix}/collections/things",
        "next": f"<{prefix}/records",
        "problem": f"{prefix}/problems/not_found",
        "refusal": f"{prefix}/problems/host_not_allowed",
        "server": prefix or "/",
        "page": 200,
    }


@pytest.mark.parametrize("given", ["/store", "/store/", "/a/b.c~d_e-f"])
@pytest.mark.parametrize("keeps_it", [True, False])
async def test_addresses_have_the_prefix_of_a_trusted_proxy(mediator: Mediator, given: str, *, keeps_it: bool) -> None:
    prefix = given.removesuffix("/")
    async with service(mediator, headers={"X-Forwarded-Prefix": given}) as client:
        assert await addresses(client, prefix if keeps_it else "") == expected(prefix)


@pytest.mark.parametrize("below", ["/store", ""])
async def test_addresses_have_the_root_path_of_the_settings(mediator: Mediator, below: str) -> None:
    async with service(mediator, "server.root_path=/store/", peer="192.0.2.1") as client:
        assert await addresses(client, below) == expected("/store")


async def test_what_a_proxy_says_wins_over_the_settings(mediator: Mediator) -> None:
    async with service(mediator, "server.root_path=/store", headers={"X-Forwarded-Prefix": "/other"}) as client:
        assert await addresses(client) == expected("/other")


async def test_no_one_else_is_believed(mediator: Mediator) -> None:
    async with service(mediator, peer="192.0.2.1", headers={"X-Forwarded-Prefix": "/store"}) as client:
        assert await addresses(client) == expected("")
        assert (await client.get("/store/records")).status_code == 404


@pytest.mark.parametrize(
    "hostile",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "/",
        "",
        "/..",
        "/a/../b",
        "/./a",
        "/a//b",
        "/a b",
        "/a>;rel=x",
        "/%2e%2e",
        "/a?b",
        "/a#b",
        "/a, /b",
        "/" + "a" * 300,
    ],
)
async def test_prefixes_that_are_no_plain_path_are_ignored(mediator: Mediator, hostile: str) -> None:
    async with service(mediator, headers={"X-Forwarded-Prefix": hostile}) as client:
        assert await addresses(client) == expected("")


async def test_two_prefixes_are_ignored(mediator: Mediator) -> None:
    async with service(mediator) as client:
        client.headers = httpx2.Headers([("X-Forwarded-Prefix", "/a"), ("X-Forwarded-Prefix", "/b")])
        assert await addresses(client) == expected("")


async def test_a_prefix_holds_for_one_request(mediator: Mediator) -> None:
    async with service(mediator) as client:
        below = await client.get("/nowhere", headers={"X-Forwarded-Prefix": "/store"})
        after = await client.get("/nowhere")

    assert [answer.json()["type"] for answer in (below, after)] == ["/store/problems/not_found", "/problems/not_found"]


@pytest.mark.parametrize("path", ["/a/..", "//evil", "store", "/a?b", "/a b", "https://x/", "/%2e"])
def test_a_root_path_that_is_no_plain_path_is_a_mistake(path: str) -> None:
    with pytest.raises(ConfigurationError, match=r"server\.root_path"):
        settings_with(f"server.root_path={path}")


@pytest.mark.parametrize("proxies", ["proxy.example", "10.0.0.1/8", "10.0.0.0/33", "*, x"])
def test_proxies_are_addresses_and_networks(proxies: str) -> None:
    with pytest.raises(ConfigurationError, match=r"server\.trusted_proxies"):
        settings_with(f"server.trusted_proxies={proxies}")


@pytest.mark.parametrize(
    "given", ["/records", "/graphql/", "/collections/people", "/health", "/records/x/links/author", "/docs"]
)
@pytest.mark.parametrize("path", ["/records", "/records/records", "/health/live", "/nowhere"])
async def test_a_prefix_that_is_a_path_of_the_service_is_refused(mediator: Mediator, given: str, path: str) -> None:
    async with service(mediator, headers={"X-Forwarded-Prefix": given}) as client:
        answer = await client.get(path)

    prefix = given.removesuffix("/")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_header")
    assert answer.json()["errors"][0]["header"] == "X-Forwarded-Prefix"
    assert f"the service has {prefix} among its own paths" in answer.json()["detail"]


@pytest.mark.parametrize("given", ["/store", "/recordsx", "/docs/store", "/store/records", "/health/live/x"])
async def test_a_prefix_that_only_looks_like_one_is_none(mediator: Mediator, given: str) -> None:
    async with service(mediator, headers={"X-Forwarded-Prefix": given}) as client:
        kept, taken_off = [await client.get(f"{below}/records") for below in (given, "")]

    assert (kept.status_code, taken_off.status_code) == (200, 200)


async def test_a_handshake_below_a_path_of_the_service_is_refused(mediator: Mediator) -> None:
    app = shared_app(settings_with("server.trusted_proxies=127.0.0.1"), mediator)
    async with connected(app, {"x-forwarded-prefix": "/records"}) as socket:
        assert await socket.hear() == 1000


@pytest.mark.parametrize("path", ["/records", "/collections/people"])
def test_a_root_path_that_is_a_path_of_the_service_is_a_mistake(path: str) -> None:
    with pytest.raises(StartupError, match=rf"server\.root_path: the service has {path} among its own paths"):
        create_app(settings_with(f"server.root_path={path}"))


async def test_websockets_are_found_below_the_prefix(mediator: Mediator) -> None:
    app = shared_app(settings_with("server.root_path=/store"), mediator)
    async with connected(app, path="/store/graphql") as socket:
        assert await socket.hear() == "websocket.accept"
