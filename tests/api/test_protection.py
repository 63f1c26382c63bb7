"""What a page elsewhere, a rebound name or a greedy client gets: the requests are those that browsers really send."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from datastore_service.api.http.documented_headers import REQUEST, RESPONSE
from datastore_service.application.mediator import Mediator
from tests.apps import shared_app
from tests.settings import settings_with

PAYLOAD = '{"payload": "evil"}'
JSON = {"Content-Type": "application/json"}
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
FRIEND = "https://friend.example:8443"
RECORD = "/records/01890a5d-ac96-774b-bcce-b302099a8057"
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def assert_problem(response: httpx2.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.json()["status"], response.json()["code"]) == (status, code)


async def stored(client: httpx2.AsyncClient) -> list[object]:
    return (await client.get("/records")).json()["items"]


def app_with(mediator: Mediator, *overrides: str) -> FastAPI:
    return shared_app(settings_with(*overrides), mediator)


def client_of(app: FastAPI, base_url: str = "http://localhost:8080") -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url=base_url)


@pytest.fixture
async def friendly(mediator: Mediator) -> AsyncGenerator[httpx2.AsyncClient]:
    """A service that was told of one page elsewhere."""
    async with client_of(app_with(mediator, f"server.cors_origins={FRIEND}")) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "content_type", "body"),
    [
        ("POST", "/records", "application/json", PAYLOAD),
        ("POST", "/records", "text/plain;charset=UTF-8", PAYLOAD),
        ("POST", "/records", "application/x-www-form-urlencoded", '{"payload": "evil", "x": "=1"}'),
        ("POST", "/records", "multipart/form-data; boundary=x", PAYLOAD),
        ("POST", "/records", None, PAYLOAD),
        ("PUT", RECORD, "application/json", PAYLOAD),
        ("PATCH", RECORD, "application/merge-patch+json", PAYLOAD),
        ("DELETE", RECORD, None, ""),
        ("POST", "/graphql", "application/json", '{"query": "{ __typename }"}'),
        ("POST", "/graphql", "text/plain", '{"query": "{ __typename }"}'),
        ("GET", "/graphql?query={__typename}", None, ""),
        ("GET", "/records", None, ""),
    ],
)
@pytest.mark.parametrize(
    "page",
    [
        EVIL,
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:8080.evil.example"},
        {"Origin": ""},
    ],
    ids=["cross-site", "old browser", "sandboxed frame", "null", "other port", "no port", "look-alike", "empty"],
)
async def test_a_page_elsewhere_gets_and_changes_nothing(
    client: httpx2.AsyncClient, method: str, path: str, content_type: str | None, body: str, page: dict[str, str]
) -> None:
    headers = page | ({"Content-Type": content_type} if content_type else {})

    response = await client.request(method, path, content=body, headers=headers)

    assert_problem(response, 403, "origin_not_allowed")
    assert "access-control-allow-origin" not in response.headers
    assert await stored(client) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("mode", "destination"),
    [("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe"), ("navigate", "embed")],
)
async def test_what_a_page_elsewhere_embeds_is_refused(
    client: httpx2.AsyncClient, site: str, mode: str, destination: str
) -> None:
    browser = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}

    assert_problem(await client.get("/records", headers=browser), 403, "origin_not_allowed")


@pytest.mark.parametrize("path", ["/docs", "/records", "/graphql?query={__typename}"])
async def test_a_link_from_elsewhere_may_be_followed(client: httpx2.AsyncClient, path: str) -> None:
    browser = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert (await client.get(path, headers=browser)).status_code == 200
    assert_problem(await client.post("/records", headers=browser | JSON, content=PAYLOAD), 403, "origin_not_allowed")


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://localhost:8080"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=["no browser", "old browser", "own page", "behind a proxy with TLS", "typed in"],
)
async def test_own_pages_and_programs_may_write(client: httpx2.AsyncClient, page: dict[str, str]) -> None:
    response = await client.post("/records", content=PAYLOAD, headers=page | JSON)

    assert response.status_code == 201


async def test_a_preflight_from_elsewhere_gets_no_permission(client: httpx2.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}

    response = await client.options(RECORD, headers=EVIL | asked)

    assert_problem(response, 403, "origin_not_allowed")
    assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/records"), ("PUT", RECORD), ("PATCH", RECORD), ("DELETE", RECORD)]
)
async def test_no_change_comes_as_a_form(client: httpx2.AsyncClient, method: str, path: str, content_type: str) -> None:
    response = await client.request(method, path, content=PAYLOAD, headers={"Content-Type": content_type})

    assert_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:1",
        "LOCALHOST:8080",
        "localhost.",
        "app.localhost:8080",
        "127.0.0.1:8080",
        "127.1.2.3",
        "[::1]:8080",
    ],
)
async def test_answers_to_the_names_of_this_machine(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/records", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.nip.io",
        "192.168.1.5:8080",
        "0.0.0.0:8080",
        "2130706433",
        "[::]:8080",
        "..",
    ],
)
async def test_answers_to_no_name_that_was_rebound(client: httpx2.AsyncClient, host: str) -> None:
    own_page = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}

    response = await client.post("/records", content=PAYLOAD, headers=own_page | JSON)

    assert_problem(response, 421, "host_not_allowed")
    assert await stored(client) == []


@pytest.mark.parametrize("host", ["", "a b", "localhost:x", "user@localhost", "localhost/x", "[::1", "localhost,evil"])
@pytest.mark.parametrize("path", ["/records", "/health/live"])
async def test_refuses_a_malformed_host(client: httpx2.AsyncClient, host: str, path: str) -> None:
    response = await client.get(path, headers={"Host": host})

    assert_problem(response, 400, "malformed_header")
    assert response.json()["errors"][0]["header"] == "Host"


@pytest.mark.parametrize(("headers", "status"), [([], 400), ([("Host", "localhost"), ("Host", "evil")], 400)])
async def test_wants_one_host(app: FastAPI, headers: list[tuple[str, str]], status: int) -> None:
    assert await status_of_raw(app, headers, "1.1") == status


async def test_http_1_0_has_no_host(app: FastAPI) -> None:
    assert await status_of_raw(app, [], "1.0") == 200


async def test_options_without_a_resource_asks_about_all_of_them(app: FastAPI) -> None:
    assert await status_of_raw(app, [("Host", "localhost")], "1.1", "OPTIONS", "*") == 204
    assert await status_of_raw(app, [("Host", "localhost")], "1.1", "GET", "*") == 404


async def test_a_transfer_coding_that_is_not_known_is_not_implemented(client: httpx2.AsyncClient) -> None:
    headers = JSON | {"Transfer-Encoding": "gzip, chunked"}

    assert_problem(
        await client.post("/records", content=PAYLOAD, headers=headers), 501, "transfer_coding_not_implemented"
    )
    assert await stored(client) == []


async def status_of_raw(
    app: FastAPI, headers: list[tuple[str, str]], http_version: str, method: str = "GET", path: str = "/health/live"
) -> int:
    """Sends what httpx2 would not."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "http_version": http_version,
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"]


async def test_health_is_told_under_any_name(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health/ready", headers={"Host": "10.1.2.3:8080"})).status_code == 200
    assert (await client.get("/health/live", headers={"Host": "datastore.prod.svc"})).status_code == 200


@pytest.mark.parametrize(
    ("override", "host", "status"),
    [
        ("server.allowed_hosts=data.example.com", "data.example.com:443", 200),
        ("server.allowed_hosts=data.example.com", "example.com", 421),
        ("server.allowed_hosts=*.example.com", "data.example.com", 200),
        ("server.allowed_hosts=*.example.com", "example.com", 421),
        ("server.allowed_hosts=[fd00::1]", "[fd00:0::1]:8080", 200),
        ("server.allowed_hosts=*", "anything.example", 200),
        ("server.host=nas.local", "nas.local", 200),
        ("server.host=0.0.0.0", "192.168.1.5:8080", 200),
        ("server.host=::", "[fd00::1]", 200),
        ("server.host=0.0.0.0", "evil.example", 421),
        ("server.host=192.168.1.5", "192.168.1.5", 200),
        ("server.host=192.168.1.5", "192.168.1.6", 421),
    ],
)
async def test_answers_to_the_names_that_the_settings_give(
    mediator: Mediator, override: str, host: str, status: int
) -> None:
    async with client_of(app_with(mediator, override)) as client:
        assert (await client.get("/records", headers={"Host": host})).status_code == status


async def test_a_page_that_the_settings_name_may_read_and_write(friendly: httpx2.AsyncClient) -> None:
    page = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match,content-type"}

    preflight = await friendly.options(RECORD, headers=page | asked)
    created = await friendly.post("/records", content=PAYLOAD, headers=page | JSON)
    missing = await friendly.get(RECORD, headers=page)

    assert preflight.status_code == 200
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    assert "If-Match" in preflight.headers["access-control-allow-headers"]
    assert int(preflight.headers["access-control-max-age"]) > 0
    assert (created.status_code, missing.status_code) == (201, 404)
    for response in (preflight, created, missing):
        assert response.headers["access-control-allow-origin"] == FRIEND
        assert "Origin" in response.headers["vary"]
    for name in ("ETag", "Location", "Link", "Retry-After"):
        assert name in created.headers["access-control-expose-headers"]


async def test_naming_one_page_lets_no_other_in(friendly: httpx2.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    unknown_header = {**asked, "Access-Control-Request-Headers": "x-other"}

    assert_problem(await friendly.options("/records", headers=EVIL | asked), 403, "origin_not_allowed")
    assert_problem(await friendly.post("/records", headers=EVIL | JSON, content=PAYLOAD), 403, "origin_not_allowed")
    assert_problem(
        await friendly.options("/records", headers={"Origin": FRIEND} | unknown_header), 403, "origin_not_allowed"
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/records", 200), ("GET", "/nothing", 404), ("PUT", "/records", 405), ("OPTIONS", "/records", 204)],
)
async def test_every_answer_tells_browsers_to_be_careful(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    response = await client.request(method, path)

    assert response.status_code == status
    assert response.headers["cache-control"] == "no-cache"
    assert SECURITY_HEADERS.items() <= dict(response.headers).items()


async def test_pages_keep_their_own_policy(client: httpx2.AsyncClient) -> None:
    response = await client.get("/docs")

    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert len(response.headers.get_list("content-security-policy", split_commas=False)) == 1


@pytest.mark.parametrize("given", ["", "a b", "ä", "x" * 129, "a\tb", "{}"])
async def test_gives_each_request_an_id(client: httpx2.AsyncClient, given: str) -> None:
    first, second = [await client.get("/health/live", headers=[(b"X-Request-Id", given.encode())]) for _ in range(2)]

    assert given != first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-request-id"] < second.headers["x-request-id"]


async def test_keeps_the_id_that_a_request_brings(client: httpx2.AsyncClient) -> None:
    response = await client.get("/nothing", headers={"X-Request-Id": "trace-1:2/3"})

    assert response.headers["x-request-id"] == "trace-1:2/3"


@pytest.mark.parametrize("path", ["/records", "/health/live", "/problems/not_found", "/docs", "/nothing"])
async def test_head_is_get_without_a_body(client: httpx2.AsyncClient, path: str) -> None:
    got, head = await client.get(path), await client.head(path)

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["content-type"] == got.headers["content-type"]


async def test_head_knows_etags(client: httpx2.AsyncClient) -> None:
    address = (await client.post("/records", content=PAYLOAD, headers=JSON)).headers["location"]

    assert (await client.head(address)).headers["etag"] == '"1"'
    assert (await client.head(address, headers={"If-None-Match": '"1"'})).status_code == 304


async def test_options_tells_which_patches_a_record_takes(client: httpx2.AsyncClient) -> None:
    assert "application/merge-patch+json" in (await client.options(RECORD)).headers["accept-patch"]
    assert "accept-patch" not in (await client.options("/records")).headers
    assert_problem(await client.options("/nothing"), 404, "not_found")


async def test_trace_is_known_and_had_nowhere(client: httpx2.AsyncClient) -> None:
    answer = await client.request("TRACE", "/records")

    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert_problem(await client.request("TRACE", "/nothing"), 404, "not_found")


@pytest.mark.parametrize("method", ["CONNECT", "PROPFIND", "BREW"])
@pytest.mark.parametrize("path", ["/records", "/nothing"])
async def test_a_method_that_nothing_has_is_not_implemented(client: httpx2.AsyncClient, method: str, path: str) -> None:
    assert_problem(await client.request(method, path), 501, "method_not_implemented")


@pytest.mark.parametrize("path", ["/records/", "/health/live/", f"{RECORD}/", "/graphql/", "//records"])
async def test_a_slash_more_is_another_address(client: httpx2.AsyncClient, path: str) -> None:
    assert_problem(await client.get(f"http://localhost:8080{path}"), 404, "not_found")


@pytest.mark.parametrize("path", ["/records", "/health/live", "/problems/not_found"])
@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.1", 200),
        ("text/html, application/json;q=0.9", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0, */*", 406),
        ("application/problem+json", 406),
    ],
)
async def test_gives_json_to_who_takes_it(client: httpx2.AsyncClient, path: str, accept: str, status: int) -> None:
    response = await client.get(path, headers={"Accept": accept})

    assert response.status_code == status
    assert status == 200 or response.json()["code"] == "not_acceptable"


async def test_what_cannot_be_answered_is_not_carried_out(client: httpx2.AsyncClient) -> None:
    response = await client.post("/records", content=PAYLOAD, headers=JSON | {"Accept": "text/html"})

    assert_problem(response, 406, "not_acceptable")
    assert await stored(client) == []


@pytest.mark.parametrize(
    ("override", "request_", "status", "code"),
    [
        ("limits.uri_bytes=1024", {"url": "/records?collection=" + "x" * 1005}, 414, "uri_too_long"),
        ("limits.uri_bytes=1024", {"url": "/" + "x" * 1024}, 414, "uri_too_long"),
        ("limits.header_bytes=1024", {"headers": {"X-Long": "x" * 1024}}, 431, "headers_too_large"),
        ("limits.header_bytes=1024", {"headers": {f"X-{n}": "" for n in range(150)}}, 431, "headers_too_large"),
        ("limits.body_bytes=1024", {"headers": {"Content-Length": "1025"}}, 413, "content_too_large"),
    ],
)
async def test_a_head_over_its_limit_is_refused(
    mediator: Mediator, override: str, request_: dict[str, object], status: int, code: str
) -> None:
    async with client_of(app_with(mediator, override)) as client:
        response = await client.request("GET", **{"url": "/records", **request_})  # pyright: ignore[reportArgumentType]

    assert_problem(response, status, code)


async def test_a_head_at_its_limit_is_taken(mediator: Mediator) -> None:
    async with client_of(app_with(mediator, "limits.uri_bytes=1024")) as client:
        path = "/health/live?" + "x" * (1024 - len("/health/live?"))

        assert (await client.get(path)).status_code == 200


async def test_a_request_may_say_what_it_is_a_part_of(
    app: FastAPI, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.state.mediator = None
    ids = {"X-Request-Id": "one", "X-Correlation-Id": "all"}

    response = await client.get("/records", headers=ids)

    assert (response.headers["x-request-id"], response.json()["correlation_id"]) == ("one", "all")
    assert "all" in {vars(record).get("correlation_id") for record in caplog.records}


DOCUMENTED = [name for name in REQUEST if name not in {"Accept", "Content-Type"}]
SAFELISTED = {
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
}
"""What pages may read of any answer (Fetch, CORS-safelisted response-header name)."""
OF_NO_USE_TO_PAGES = {
    "access-control-allow-origin",
    "access-control-expose-headers",
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "vary",
    "x-content-type-options",
    "x-frame-options",
}


METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
OTHERS = "server.cors_origins can name the origins that may"


def preflight(headers: str | None) -> dict[str, str]:
    asked = {} if headers is None else {"Access-Control-Request-Headers": headers}
    return {"Origin": FRIEND, "Access-Control-Request-Method": "POST", **asked}


@pytest.mark.parametrize(
    "headers",
    [
        *DOCUMENTED,
        ",".join(DOCUMENTED).lower(),
        "cache-control, content-encoding, content-type,if-modified-since",
        None,
        "",
        " , ",
        "x-request-id,,prefer",
    ],
)
async def test_a_page_may_send_what_is_documented(friendly: httpx2.AsyncClient, headers: str | None) -> None:
    answer = await friendly.options("/records", headers=preflight(headers))

    assert answer.status_code == 200
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert {name.lower() for name in DOCUMENTED} <= allowed


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        (
            preflight("x-own, prefer, x-other"),
            "Pages may not send 'x-own', 'x-other'; server.cors_headers can name more headers.",
        ),
        (
            preflight(None) | {"Access-Control-Request-Method": "PURGE"},
            f"Pages may not use the method 'PURGE'; the allowed methods are {METHODS}.",
        ),
        (
            preflight(None) | {"Origin": "https://evil.example"},
            f"Pages of 'https://evil.example' may not use this service; {OTHERS}.",
        ),
    ],
)
async def test_a_refused_preflight_names_what_is_refused_and_the_setting(
    friendly: httpx2.AsyncClient, headers: dict[str, str], detail: str
) -> None:
    answer = await friendly.options("/records", headers=headers)

    assert (answer.status_code, answer.json()["detail"]) == (403, detail)


async def test_a_setting_names_more_headers_that_pages_may_send(mediator: Mediator) -> None:
    app = app_with(mediator, f"server.cors_origins={FRIEND}", "server.cors_headers=X-Own,apollo-require-preflight")
    async with client_of(app) as client:
        answer = await client.options("/records", headers=preflight("x-own,Apollo-Require-Preflight"))

    assert answer.status_code == 200


async def test_a_page_may_read_the_headers_that_are_documented_and_sent(friendly: httpx2.AsyncClient) -> None:
    context = {"Origin": FRIEND}
    key = context | {"Idempotency-Key": "k", "Prefer": "return=minimal"}
    created = [await friendly.post("/records", json={"payload": n}, headers=key) for n in (1, 1)]
    answers = [
        *created,
        await friendly.post("/records", json={"payload": 2}),
        await friendly.get("/records?limit=1", headers=context | {"Prefer": "explain"}),
        await friendly.get(created[0].headers["location"], headers=context),
        await friendly.get("/export", headers=context),
        await friendly.patch(created[0].headers["location"], content="x", headers=context | {"Content-Type": "a/b"}),
        await friendly.post("/records", content="x", headers=context | {"Content-Encoding": "br"}),
        await friendly.options("/records", headers=context),
        await friendly.post("/health/live", headers=context),
        await friendly.get("/graphql?query={__typename}", headers=context),
    ]
    document: dict[str, Any] = (await friendly.get("/openapi.json")).json()

    operations: list[Any] = [each for path in document["paths"].values() for each in path.values()]
    responses: list[Any] = [response for each in operations for response in each["responses"].values()]
    told_of: set[str] = {name for response in responses for name in response.get("headers", ())}
    sent = {name for answer in answers for name in answer.headers}
    exposed = {name.strip() for name in answers[0].headers["access-control-expose-headers"].split(",")}
    assert exposed == set(RESPONSE)
    assert told_of <= exposed
    assert sent - SAFELISTED - OF_NO_USE_TO_PAGES <= {name.lower() for name in exposed}
    assert {"etag", "location", "link", "idempotency-replayed", "preference-applied", "allow"} <= sent
    shared: dict[str, Any] = document["components"]["parameters"]
    parameters: list[Any] = [parameter for each in operations for parameter in each.get("parameters", ())]
    parameters = [shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in parameters]
    taken: set[str] = {each["name"].lower() for each in parameters if each["in"] == "header"}
    assert taken <= {name.lower() for name in REQUEST}
    assert all(f"`{name}`" in document["info"]["description"] for name in REQUEST)
