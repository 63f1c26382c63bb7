"""Who is let in while the service starts, and while it ends."""

import asyncio

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from datastore_service.application.lifecycle import Lifecycle
from tests.patience import PATIENCE
from tests.unit.api.protection.guarding import guard


def client_of(lifecycle: Lifecycle, going_on: asyncio.Event | None = None) -> httpx2.AsyncClient:
    async def answer(_request: Request) -> PlainTextResponse:
        if going_on:
            await going_on.wait()
        return PlainTextResponse("done")

    routes = [Route("/", answer), Route("/health/live", answer), Route("/metrics", answer)]
    app = guard(Starlette(routes=routes), lifecycle=lifecycle)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")


async def test_holds_requests_until_the_service_is_there() -> None:
    lifecycle = Lifecycle()
    lifecycle.start()
    async with client_of(lifecycle) as client:
        asked = asyncio.create_task(client.get("/"))
        await asyncio.sleep(0.01)
        assert not asked.done()

        lifecycle.open()

        assert (await asked).text == "done"


async def test_refuses_while_the_service_waits_for_its_database() -> None:
    lifecycle = Lifecycle()
    lifecycle.start()
    lifecycle.wait_for("The database cannot be reached.")
    async with client_of(lifecycle) as client:
        answer = await client.get("/")

        assert (answer.status_code, answer.json()["code"]) == (503, "starting")
        assert answer.json()["detail"] == "The service is starting: The database cannot be reached."
        assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
        for path in ("/health/live", "/metrics"):
            assert (await client.get(path)).status_code == 200


async def test_finishes_what_is_under_way_and_refuses_what_comes() -> None:
    lifecycle, going_on = Lifecycle(), asyncio.Event()
    async with client_of(lifecycle, going_on) as client:
        under_way = asyncio.create_task(client.get("/"))
        await asyncio.sleep(0.01)

        lifecycle.end()
        late = await client.get("/")
        going_on.set()
        finished = await under_way
        await asyncio.wait_for(lifecycle.drained(), PATIENCE)

    assert (late.status_code, late.json()["code"], late.headers["connection"]) == (503, "shutting_down", "close")
    assert (finished.status_code, finished.headers["connection"]) == (200, "close")
