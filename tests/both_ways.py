"""One service twice, to compare what GraphQL answers: once it compiles queries, once it does not."""

import json
import re
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, override

import httpx2

from datastore_service.api.graphql.compiler.answers import Tally
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command, Message
from datastore_service.application.request_context import RequestContext
from datastore_service.config.settings import Settings
from tests.apps import shared_app

_TIME: Final = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def without_news(answer: str, known: Collection[str]) -> str:
    """Returns an answer as it is whenever it is given: without times, and without ids that are not known before."""
    return _ID.sub(lambda found: found[0] if found[0] in known else "ID", _TIME.sub("TIME", answer))


class Counting(Mediator):
    """Sends messages on, and remembers the commands among them and which of these were carried out."""

    def __init__(self, mediator: Mediator) -> None:
        super().__init__({})
        self._mediator = mediator
        self.sent: list[Command[Any]] = []
        self.carried_out: list[Command[Any]] = []

    @override
    async def send[R](self, message: Message[R], context: RequestContext | None = None) -> R:
        if isinstance(message, Command):
            self.sent.append(message)
        result = await self._mediator.send(message, context)
        if isinstance(message, Command):
            self.carried_out.append(message)
        return result


@dataclass(slots=True)
class BothWays:
    """The same service twice: once it compiles, once it does not."""

    compiling: httpx2.AsyncClient
    interpreting: httpx2.AsyncClient
    tally: Tally

    async def answer(self, query: str, variables: Mapping[str, Any] | None = None, **more: Any) -> httpx2.Response:  # noqa: ANN401
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
    graphql = settings.graphql.model_copy(update={"compiled_queries": False})
    compiling = shared_app(settings, mediator)
    interpreting = shared_app(settings.model_copy(update={"graphql": graphql}), mediator)
    tally: Tally = compiling.state.graphql.executable.compiler.tally
    tally.compiled = tally.interpreted = 0
    async with (
        httpx2.AsyncClient(transport=httpx2.ASGITransport(compiling), base_url="http://localhost:8080") as one,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(interpreting), base_url="http://localhost:8080") as other,
    ):
        yield BothWays(one, other, tally)
