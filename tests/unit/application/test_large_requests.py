"""Only a few large requests are worked on at the same time."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast, override
from uuid import UUID

from datastore_service.application.large_requests import (
    LARGE_TEXT,
    LargeRequests,
    computed,
    computed_if,
    is_large_request,
    room_for_large_request,
)
from datastore_service.application.write.commands.patch_record import PatchRecord, PatchRecordHandler
from datastore_service.application.write.ports.unit_of_work import UnitOfWork
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.collections.collection import NO_RULES, PayloadRules
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.json_schemas.validator import CompiledJsonSchemas
from tests.fakes.clock import TickingClock


async def test_no_more_are_made_than_there_is_room_for() -> None:
    answers, made, most = LargeRequests(2), 0, 0

    async def make() -> None:
        nonlocal made, most
        with answers.working():
            await room_for_large_request()
            made += 1
            most = max(most, made)
            await asyncio.sleep(0)
            made -= 1

    await asyncio.gather(*(make() for _ in range(9)))

    assert most == 2


async def test_parts_of_one_answer_take_room_once() -> None:
    answers = LargeRequests(1)
    for _ in range(2):
        with answers.working():
            async with asyncio.timeout(5):
                await asyncio.gather(*(room_for_large_request() for _ in range(3)))


async def test_an_answer_that_is_sent_leaves_its_room_and_takes_none_any_more() -> None:
    answers = LargeRequests(1)
    with answers.working() as first:
        await room_for_large_request()
        first.leave()
        await room_for_large_request()
        with answers.working():
            async with asyncio.timeout(5):
                await room_for_large_request()


async def test_an_answer_that_ends_while_it_waits_takes_no_room() -> None:
    answers = LargeRequests(1)

    async def wait() -> None:
        with answers.working():
            await room_for_large_request()

    with answers.working():
        await room_for_large_request()
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(5):
        await wait()


async def test_outside_of_answers_there_is_no_limit() -> None:
    async with asyncio.timeout(5):
        for _ in range(9):
            await room_for_large_request()


async def test_what_computes_for_long_is_done_one_after_the_other_beside_the_loop() -> None:
    at_work, threads = 0, set[int]()

    def compute() -> int:
        nonlocal at_work
        at_work += 1
        threads.add(threading.get_ident())
        assert at_work == 1
        at_work -= 1
        return 7

    assert await asyncio.gather(*(computed(compute) for _ in range(20))) == [7] * 20
    assert threads.isdisjoint({threading.get_ident()})
    assert len(threads) == 1


async def test_a_request_is_large_from_when_it_takes_room() -> None:
    with LargeRequests(1).working():
        assert not is_large_request()
        await room_for_large_request()
        assert is_large_request()
    assert not is_large_request()


async def test_only_what_takes_long_is_done_beside_the_loop() -> None:
    assert await computed_if(False, threading.current_thread) is threading.current_thread()
    assert await computed_if(True, threading.current_thread) is not threading.current_thread()


class _Noting(CompiledJsonSchemas):
    """Notes in which threads values are held against schemas."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    @override
    def violations(self, schema: Json, value: Json, *, formats: bool = False) -> Sequence[tuple[str, str]]:
        self.threads.append(threading.current_thread())
        return super().violations(schema, value, formats=formats)


async def test_a_schema_is_compiled_beside_the_loop_and_used_at_once_from_then_on() -> None:
    schemas = _Noting()
    schema: Json = {"type": "string", "description": "of test_a_schema_is_compiled_beside_the_loop"}
    record = Record.create(UUID(int=1), GivenContent(payload=""), collection="c", at=datetime.now(UTC))
    for _ in range(2):
        await SchemaValidator(schemas).check_against(PayloadRules(schema, is_typed=False), record)

    first, second = schemas.threads
    assert first is not threading.current_thread()
    assert second is threading.current_thread()


class _NotingPatch:
    """Notes in which thread a patch is applied."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    def apply(self, document: Json) -> Json:
        self.threads.append(threading.current_thread())
        return document


class _Store:
    """A unit of work on one record, which has just been read."""

    def __init__(self, text: str) -> None:
        self.records = self.collections = self
        self._record = Record.create(UUID(int=1), GivenContent(payload=""), collection="c", at=datetime.now(UTC))
        self._record.content.with_text(text)

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[UnitOfWork]:
        yield cast("UnitOfWork", self)

    async def get(self, _: UUID) -> Record:
        return self._record

    async def rules_of(self, _: str) -> PayloadRules:
        return NO_RULES

    async def save(self, _: Record) -> None:
        pass

    async def commit(self) -> None:
        pass


async def test_a_large_record_is_patched_beside_the_loop() -> None:
    patch = _NotingPatch()
    for size in (0, LARGE_TEXT):
        store = _Store('"' + "x" * size + '"')
        handler = PatchRecordHandler(store.begin, TickingClock(), SchemaValidator(CompiledJsonSchemas()))
        await handler.handle(PatchRecord(id=UUID(int=1), patch=patch))

    small, large = patch.threads
    assert small is threading.current_thread()
    assert large is not threading.current_thread()
