"""One service twice, to compare what GraphQL answers: once it compiles queries, once it does not."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from datastore_service.api.graphql.compiled.answers import Tally
from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from datastore_service.main import create_app


@dataclass(slots=True)
class BothWays:
    """The same service twice: once it compiles, once it does not."""

    compiling: httpx.AsyncClient
    interpreting: httpx.AsyncClient
    tally: Tally

    async def answer(self, query: str, variables: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:  # noqa: ANN401
        """Returns what is answered, which is the same both ways."""
        body = json.dumps({"query": query, "variables": variables, **more})
        headers = {"Content-Type": "application/json"}
        compiled = await self.compiling.post("/graphql", content=body, headers=headers)
        interpreted = await self.interpreting.post("/graphql", content=body, headers=headers)
        assert compiled.status_code == interpreted.status_code
        assert json.loads(compiled.content, parse_float=str) == json.loads(interpreted.content, parse_float=str)
        assert compiled.headers["content-type"] == interpreted.headers["content-type"]
        return compiled


@asynccontextmanager
async def both_ways(settings: Settings, mediator: Mediator) -> AsyncGenerator[BothWays]:
    compiling, interpreting = (
        create_app(settings),
        create_app(
            settings.model_copy(update={"graphql": settings.graphql.model_copy(update={"compiled_queries": False})})
        ),
    )
    compiling.state.mediator = interpreting.state.mediator = mediator
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(compiling), base_url="http://localhost:8080") as one,
        httpx.AsyncClient(transport=httpx.ASGITransport(interpreting), base_url="http://localhost:8080") as other,
    ):
        yield BothWays(one, other, compiling.state.graphql.compiler.tally)
