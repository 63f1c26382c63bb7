"""The pages for people: they load, and only from their own origin."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.applications import Starlette
from starlette.routing import Mount

from datastore_service.api.pages.routes import Pages, graphiql_page, router

PAGES: Final = ["/docs", "/redoc", "/graphql"]
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def api() -> FastAPI:
    app = FastAPI(title="Datastore", docs_url=None, redoc_url=None)
    app.include_router(router)

    @app.get("/graphql", include_in_schema=False)
    async def graphql() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction] - FastAPI calls it
        return graphiql_page()

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[Mount("/behind/a/proxy", api()), Mount("/", api())])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        yield client


async def addresses_in(client: httpx2.AsyncClient, page: str) -> list[str]:
    html = (await client.get(page)).text
    return re.findall(r'(?:src|href)="([^"]*)"', html)


async def folder_of_assets(client: httpx2.AsyncClient) -> str:
    first, *_ = await addresses_in(client, "/docs")
    return "/" + "/".join(first.split("/")[:2])


@pytest.mark.parametrize("page", PAGES)
async def test_page_answers_under_a_strict_policy(client: httpx2.AsyncClient, page: str) -> None:
    response = await client.get(page)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Datastore" in response.text
    assert response.headers["content-security-policy"] == (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("page", PAGES)
async def test_page_names_no_other_origin_and_no_inline_script(client: httpx2.AsyncClient, page: str) -> None:
    html = (await client.get(page)).text

    assert "//" not in html
    assert not re.search(r"<script(?! src=)|\son\w+=|javascript:", html)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("prefix", ["", "/behind/a/proxy"])
async def test_page_finds_its_assets(client: httpx2.AsyncClient, prefix: str, page: str) -> None:
    addresses = await addresses_in(client, prefix + page)

    assert len(addresses) >= 3
    for address in addresses:
        response = await client.get(urljoin(prefix + page, address))
        assert response.status_code == 200, address
        assert response.headers["content-type"] == MEDIA_TYPES[Path(address).suffix]
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_assets_load_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    folder = await folder_of_assets(client)

    redoc = (await client.get(f"{folder}/redoc/redoc.standalone.js")).text
    styles = [
        (await client.get(f"{folder}/{file}")).text
        for file in ("swagger-ui-dist/swagger-ui.css", "graphiql/graphiql.min.css")
    ]
    scripts = [(await client.get(f"{folder}/{name}-init.js")).text for name in ("swagger", "redoc", "graphiql")]

    assert "cdn.redoc" not in redoc
    assert not re.search(r"sourceMappingURL=[\w.-]+\.map", "".join([redoc, *styles]))
    assert not any(re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", style) for style in styles)
    assert not any("http:" in script or "https:" in script for script in scripts)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing.js",
        "swagger.html",
        ".stamp",
        "redoc",
        "%2e%2e/routes.py",
        "..%2froutes.py",
        "redoc/%2e%2e/%2e%2e/routes.py",
        "..%5croutes.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "%00",
    ],
)
async def test_refuses_what_is_no_asset(client: httpx2.AsyncClient, path: str) -> None:
    folder = await folder_of_assets(client)

    response = await client.get(f"{folder}/{path}")

    assert response.status_code == 404


async def test_refuses_an_asset_of_another_version(client: httpx2.AsyncClient) -> None:
    response = await client.get("/assets/000000000000/swagger-init.js")

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("swagger-ui-dist/LICENSE", "Apache License"),
        ("swagger-ui-dist/NOTICE", "swagger-ui"),
        ("swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt", "@license"),
        ("redoc/LICENSE", "MIT License"),
        ("redoc/redoc.standalone.js.LICENSE.txt", "@license"),
        ("graphiql/LICENSE", "Permission is hereby granted"),
        ("react/LICENSE", "MIT License"),
        ("react-dom/LICENSE", "MIT License"),
    ],
)
async def test_ships_the_licences(client: httpx2.AsyncClient, file: str, words: str) -> None:
    folder = await folder_of_assets(client)

    response = await client.get(f"{folder}/{file}")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert words in response.text


@pytest.mark.parametrize("page", ["swagger", "redoc", "graphiql"])
def test_says_what_to_do_where_the_assets_were_never_fetched(tmp_path: Path, page: str) -> None:
    response = Pages(tmp_path / "assets").page(page)

    text = bytes(response.body).decode()
    assert response.status_code == 503
    assert "uv sync --reinstall-package datastore-service" in text
    assert "<script" not in text
    assert "content-security-policy" in response.headers


def test_pages_are_no_part_of_the_api_s_description() -> None:
    assert api().openapi()["paths"] == {}
