"""The service over HTTP, without a network and on the fakes: what is tested here is the translation."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from tests.apps import shared_app


@pytest.fixture
def app(settings: Settings, mediator: Mediator) -> FastAPI:
    return shared_app(settings, mediator)


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client


type GraphQLService = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture
def graphql_service(settings: Settings, mediator: Mediator) -> GraphQLService:
    """Makes clients of a service with other settings of GraphQL."""

    @asynccontextmanager
    async def client_of(**changes: object) -> AsyncGenerator[httpx2.AsyncClient]:
        graphql = settings.graphql.model_copy(update=changes)
        app = shared_app(settings.model_copy(update={"graphql": graphql}), mediator)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
            yield client

    return client_of
