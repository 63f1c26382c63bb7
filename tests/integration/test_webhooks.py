"""Webhooks of two processes on PostgreSQL, with a receiver that fails, is killed and is slow."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id

from datastore_service.application.feed.use_cases.get_webhook import GetWebhook
from datastore_service.application.feed.use_cases.list_dead_letters import ListDeadLetters
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.limits import Limits
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.bootstrap import Application, build_application
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.webhooks import HttpWebhookSender, UntracedCalls
from datastore_service.telemetry.tracing import Tracing
from tests.patience import PATIENCE
from tests.webhook_signatures import is_signed

RULES = WebhookRules(
    allowed_hosts=("127.0.0.1",),
    timeout_seconds=0.5,
    most_failures=1000,
    first_delay_seconds=0.01,
    longest_delay_seconds=0.05,
)


@dataclass(slots=True)
class Receiver:
    """Takes messages over HTTP, and answers as it is told: with a status, late, or not at all."""

    answers: list[int | float] = field(default_factory=list[int | float])
    taken: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list[tuple[Mapping[str, str], bytes]])
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            answer = self.answers.pop(0) if self.answers else 204
            if isinstance(answer, float):
                await asyncio.sleep(answer)
                return
            if answer == 204:
                self.taken.append((headers, body))
            writer.write(f"HTTP/1.1 {answer} Whatever\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def versions(self) -> list[tuple[str, int]]:
        data: list[Mapping[str, Any]] = [json.loads(body)["data"] for _, body in self.taken]
        return [(each["record_id"], each["version"]) for each in data]


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.kill()


@pytest.fixture
async def processes(engines: Engines) -> AsyncGenerator[list[Application]]:
    """Two of them, which know nothing of each other but the database."""
    both = [build_application(engines, Limits(poll_seconds=0.2), rules=RULES) for _ in range(2)]
    yield both
    for each in both:
        await each.webhooks.close()
        await each.changes.close()


async def taken(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(receiver.taken) < count:  # noqa: ASYNC110 - it has no bell either
            await asyncio.sleep(0.01)


async def test_two_processes_tell_of_each_change_once_whatever_the_receiver_does(
    processes: list[Application], receiver: Receiver
) -> None:
    one, other = processes
    receiver.answers = [500, 302, 404, 0.8, 503]
    put = await one.mediator.send(PutWebhook(name="mails", url=receiver.url))
    for process in processes:
        process.webhooks.start()
    records = [(await one.mediator.send(CreateRecord(payload=1))).id for _ in range(4)]
    for number in range(5):
        await asyncio.gather(*(other.mediator.send(ReplaceRecord(id=each, payload=number)) for each in records))
        if number == 2:
            await taken(receiver, 3)
            await receiver.kill()
            await asyncio.sleep(0.2)
            await receiver.start()
    await taken(receiver, 24)
    await asyncio.sleep(0.3)
    seen = receiver.versions()
    webhook = await one.mediator.send(GetWebhook(name="mails"))

    assert len(seen) == len(set(seen)) == 24
    for record in records:
        assert [version for each, version in seen if each == str(record)] == [1, 2, 3, 4, 5, 6]
    assert (webhook.failures, webhook.last_error) == (0, None)
    assert await one.mediator.send(ListDeadLetters(webhook="mails", limit=1)) == []
    assert all(is_signed(headers, body, put.webhook.secret) for headers, body in receiver.taken)


async def test_another_process_goes_on_where_one_has_ended(processes: list[Application], receiver: Receiver) -> None:
    one, other = processes
    await one.mediator.send(PutWebhook(name="mails", url=receiver.url))
    await one.mediator.send(CreateRecord(payload=0))
    one.webhooks.start()
    await taken(receiver, 1)
    await other.webhooks.look()
    await one.webhooks.close()
    for number in range(1, 4):
        await one.mediator.send(CreateRecord(payload=number))
    await other.webhooks.look()
    # What one has told, but had no time to note, the other tells again.
    async with asyncio.timeout(PATIENCE):
        while len(told := dict.fromkeys(json.loads(body)["data"]["payload"] for _, body in receiver.taken)) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    assert list(told) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(302, "answers 302"), (500, "answers 500"), (1.5, "did not answer within 0.5 seconds|Timeout")],
)
async def test_the_reason_of_a_failure_is_told(receiver: Receiver, answer: float, error: str) -> None:
    receiver.answers = [answer]

    reason = await HttpWebhookSender(RULES, UntracedCalls()).send(receiver.url, "{}", {})

    assert reason
    assert any(each in reason for each in error.split("|"))


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://localhost:1/", "localhost may not be called."),
        ("http://127.0.0.1@localhost/", "localhost may not be called."),
        ("http://127.0.0.1:1/", "ConnectError"),
        ("http://127.0.0.1:x/", "InvalidURL"),
    ],
)
async def test_who_cannot_be_called_is_not(url: str, error: str) -> None:
    assert error in (await HttpWebhookSender(RULES, UntracedCalls()).send(url, "{}", {}) or "")


async def test_a_delivery_is_a_span_whose_trace_the_receiver_can_go_on_with(receiver: Receiver) -> None:
    spans = InMemorySpanExporter()
    tracing = Tracing(spans)
    receiver.answers = [204, 503]
    sender = HttpWebhookSender(RULES, tracing)

    outcomes = [await sender.send(f"{url}?token=secret", "{}", {}) for url in (receiver.url, receiver.url)]
    outcomes.append(await sender.send("http://127.0.0.1:1/hook", "{}", {}))
    await tracing.close()

    taken, refused, away = spans.get_finished_spans()
    attributes = taken.attributes or {}
    context = taken.get_span_context()
    assert context
    assert receiver.taken[0][0]["traceparent"].split("-")[1:3] == [
        format_trace_id(context.trace_id),
        format_span_id(context.span_id),
    ]
    assert (outcomes[0], taken.kind, taken.name, taken.status.is_ok) == (None, SpanKind.CLIENT, "POST", True)
    assert attributes == {
        "http.request.method": "POST",
        "url.full": receiver.url,
        "server.address": "127.0.0.1",
        "server.port": receiver.port,
        "http.response.status_code": 204,
    }
    assert [(span.attributes or {})["error.type"] for span in (refused, away)] == ["503", "ConnectError"]
    assert not refused.status.is_ok
    assert not away.status.is_ok
