"""Loops of the change feed log an outage when it begins and when it has ended, and not at each attempt."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from datastore_service.application.errors import CursorExpired, StoreUnavailable
from datastore_service.application.feed import hub
from datastore_service.application.feed.ports.webhooks import WebhookSender
from datastore_service.application.feed.subscription import Subscription
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.feed.webhooks import deliverer
from datastore_service.application.limits import Limits
from datastore_service.bootstrap import Application
from tests.fakes.application import in_memory_application
from tests.fakes.changes import InMemoryChangeLog
from tests.fakes.webhooks import InMemoryWebhookStore, Receivers

ATTEMPTS = 3
WARNING, ERROR, INFO = logging.WARNING, logging.ERROR, logging.INFO


@pytest.fixture
async def application(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Application]:
    caplog.set_level(INFO, "datastore_service.application.feed")
    monkeypatch.setattr(hub, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(hub, "_LONGEST_WAIT", 0.001)
    monkeypatch.setattr(deliverer, "_ROUND_SECONDS", 0.001)
    application = in_memory_application(
        {WebhookSender: Receivers()},
        limits=Limits(poll_seconds=0.001),
        rules=WebhookRules(allowed_hosts=("localhost",)),
    )
    yield application
    await application.webhooks.close()
    await application.changes.close()


def fail_at_first(monkeypatch: pytest.MonkeyPatch, kind: type, name: str, error: Exception) -> asyncio.Event:
    """Has a method fail some times before it works. The event is set once it has worked several times."""
    works, attempts = asyncio.Event(), 0
    method: Callable[..., Awaitable[Any]] = getattr(kind, name)

    async def attempt(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - those of the method
        nonlocal attempts
        attempts += 1
        if attempts <= ATTEMPTS:
            raise error
        if attempts > 2 * ATTEMPTS:
            works.set()
        return await method(*arguments, **named)

    monkeypatch.setattr(kind, name, attempt)
    return works


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(record.levelno, record.getMessage()) for record in caplog.records]


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (StoreUnavailable("It is away."), (WARNING, "The changes cannot be read: It is away.")),
        (LookupError(), (ERROR, "The changes cannot be read.")),
    ],
)
async def test_of_the_log(
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    first: tuple[int, str],
) -> None:
    works = fail_at_first(monkeypatch, InMemoryChangeLog, "after", error)

    with await application.mediator.send(FollowChanges()):
        async with asyncio.timeout(10):
            await works.wait()

    assert [line for line in lines(caplog) if "hanges" in line[1]] == [first, (INFO, "The changes are read again.")]


async def test_of_the_store_of_webhooks(
    application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    works = fail_at_first(monkeypatch, InMemoryWebhookStore, "claim", StoreUnavailable("It is away."))

    application.webhooks.start()
    async with asyncio.timeout(10):
        await works.wait()

    assert lines(caplog) == [
        (WARNING, "Webhooks are not looked after: It is away."),
        (INFO, "Webhooks are looked after again."),
    ]


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (CursorExpired("since"), (WARNING, f"Webhook mails cannot be served: {CursorExpired('since')}")),
        (LookupError(), (ERROR, "Webhook mails cannot be served.")),
    ],
)
async def test_of_one_webhook(
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    first: tuple[int, str],
) -> None:
    works = fail_at_first(monkeypatch, Subscription, "next", error)
    await application.mediator.send(PutWebhook(name="mails", url="http://localhost/"))

    application.webhooks.start()
    async with asyncio.timeout(10):
        await works.wait()

    assert [line for line in lines(caplog) if "mails" in line[1]] == [first, (INFO, "Webhook mails is served again.")]
