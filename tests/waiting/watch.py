"""How long another client waits, and how much memory the service and its PostgreSQL take.

Other programs on the machine make a client wait, too. So what is measured is how long the service has computed, by the
clock of its processor, between another client's request and its answer; the time of PostgreSQL is not part of it.
"""

import http.client
import resource
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

_PAUSE: Final = 0.005
_PAGE: Final = resource.getpagesize()
_OF_ALL_THREADS: Final = 2
"""CPUCLOCK_SCHED of Linux: the time of all threads of a process, in nanoseconds."""
_LOOKS_AT_MEMORY: Final = 4
"""Polls from one look to the next: it has to be looked for PostgreSQL's processes."""


@dataclass(slots=True)
class Worst:
    """The most that there was of something, and what the service was asked at that time."""

    value: float = 0
    during: str = ""

    def note(self, value: float, during: str) -> None:
        if value > self.value:
            self.value, self.during = value, during


@dataclass(slots=True)
class Watch:
    """Asks /health/live again and again while it is entered.

    Attributes:
        service: The process id of the service.
        postmaster: That of its PostgreSQL.
        port: Where the service listens.
        during: What the service is asked by others at the moment.
        wait: The longest wait, in seconds of the service's computing.
        service_memory: What the service has taken in addition to what it had at the beginning, in bytes.
        backend_memory: What one of PostgreSQL's processes has taken of its own, in bytes.
    """

    service: int
    postmaster: int
    port: int
    during: str = ""
    wait: Worst = field(default_factory=Worst)
    service_memory: Worst = field(default_factory=Worst)
    backend_memory: Worst = field(default_factory=Worst)
    polls: int = 0
    _failure: BaseException | None = None
    _ends: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        assert self._thread is not None
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def wait_for_polls(self, more: int) -> None:
        """Waits until so many more polls have been made, unless one fails: leaving the context raises why."""
        polls = self.polls + more
        while self.polls < polls and self._failure is None:
            time.sleep(_PAUSE)

    def _run(self) -> None:
        try:
            self._poll(own_memory(self.service))
        except BaseException as error:  # noqa: BLE001 - it is for the thread of the test
            self._failure = error

    def _poll(self, beginning: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)) as connection:
            self._poll_by(connection, beginning)

    def _poll_by(self, connection: http.client.HTTPConnection, beginning: int) -> None:
        while not self._ends.wait(_PAUSE):
            during, before = self.during, computed(self.service)
            connection.request("GET", "/health/live")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == http.client.OK
            self.wait.note(computed(self.service) - before, during)
            self.polls += 1
            if self.polls % _LOOKS_AT_MEMORY == 0:
                self.service_memory.note(own_memory(self.service) - beginning, during)
                for backend in children(self.postmaster):
                    self.backend_memory.note(own_memory(backend), during)


def computed(pid: int) -> float:
    """Returns for how many seconds the threads of a process have computed.

    The clock is the one that clock_getcpuclockid(3) names; one look at it costs a hundredth of one at each thread.
    """
    return time.clock_gettime(~pid << 3 | _OF_ALL_THREADS)


def own_memory(pid: int) -> int:
    """Returns how much memory a process has that it shares with no other, in bytes; none if it is gone."""
    _, resident, shared, *_ = map(int, _read(f"/proc/{pid}/statm", "0 0 0").split())
    return (resident - shared) * _PAGE


def children(pid: int) -> Iterable[int]:
    """Returns the processes that a process has started and that are there."""
    return [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children", "").split()]


def _read(path: str, otherwise: str) -> str:
    try:
        return Path(path).read_text() or otherwise
    except (FileNotFoundError, ProcessLookupError):
        return otherwise
