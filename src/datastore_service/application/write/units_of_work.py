"""Units of work on any store. One that is opened inside another joins it. Publishers are told after the commit."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, Self, cast, override

from datastore_service.application.ports.change_notifier import ChangeNotifier
from datastore_service.application.ports.clock import Clock
from datastore_service.application.write.attempts import current_attempts
from datastore_service.application.write.moments import Moment, RecordsOfOneMoment
from datastore_service.application.write.ports.events import AnnouncementPublisher, EventPublisher
from datastore_service.application.write.ports.unit_of_work import Transaction, TransactionFactory, UnitOfWork
from datastore_service.domain.records.repository import RecordRepository

_log = logging.getLogger(__name__)


class _Whole(UnitOfWork):
    """The outermost unit of work. Its transaction begins when the context is entered."""

    _transaction: Transaction
    _before: "Token[_Whole | None]"
    _records: RecordRepository
    moment: Moment

    def __init__(
        self,
        beginning: AbstractAsyncContextManager[Transaction],
        publisher: EventPublisher,
        announcements: AnnouncementPublisher,
        notifier: ChangeNotifier,
    ) -> None:
        self._beginning = beginning
        self._publisher = publisher
        self._announcements = announcements
        self._announced: list[object] = []
        self._notifier = notifier
        self.parts_left = 0

    async def __aenter__(self) -> Self:
        self._transaction = await self._beginning.__aenter__()
        self.moment = Moment(self._transaction.began_at, current_attempts())
        self._records = RecordsOfOneMoment(self._transaction.records, self.moment)
        self._before = _open.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        _open.reset(self._before)
        return await self._beginning.__aexit__(kind, error, trace)

    @override
    def repository[R](self, port: type[R], /) -> R:
        return cast("R", self._records) if port is RecordRepository else self._transaction.repository(port)

    @override
    def announce(self, event: object, /) -> None:
        self._announced.append(event)

    @override
    async def commit(self) -> None:
        if self.parts_left:
            raise RuntimeError("A part of this unit of work was left without a commit: only a rollback is possible.")
        await self._transaction.commit()
        if self._transaction.events:
            self._notifier.notify()
            await _tell(self._publisher.publish, self._transaction.events)
        if self._announced:
            await _tell(self._announcements.publish, self._announced)


async def _tell[E](publish: Callable[[Sequence[E]], Awaitable[None]], events: Sequence[E]) -> None:
    try:
        await publish(events)
    except Exception:  # noqa: BLE001 - whatever a publisher raises, the changes are durable
        _log.exception("Committed changes could not be published.")


class _Part(UnitOfWork):
    """A unit of work inside another one: it uses the transaction of the outer one, and its commit writes nothing."""

    def __init__(self, whole: _Whole) -> None:
        self._whole = whole
        self._committed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._whole.parts_left += not self._committed

    @override
    def repository[R](self, port: type[R], /) -> R:
        return self._whole.repository(port)

    @override
    def announce(self, event: object, /) -> None:
        self._whole.announce(event)

    @override
    async def commit(self) -> None:
        self._committed = True


_open: Final[ContextVar[_Whole | None]] = ContextVar("open unit of work", default=None)


@dataclass(frozen=True, slots=True)
class StandingClock:
    """The clock of the handlers. Inside a unit of work it returns the unit's one time (`Moment`)."""

    clock: Clock

    def now(self) -> datetime:
        whole = _open.get()
        return self.clock.now() if whole is None else whole.moment.at(self.clock)


@dataclass(frozen=True, slots=True)
class UnitsOfWork:
    """Opens units of work."""

    transactions: TransactionFactory
    publisher: EventPublisher
    announcements: AnnouncementPublisher
    notifier: ChangeNotifier

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        surrounding = _open.get()
        if surrounding is None:
            return _Whole(self.transactions(), self.publisher, self.announcements, self.notifier)
        return _Part(surrounding)
