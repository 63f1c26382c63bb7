"""A request and its response while they pass through the service."""

import asyncio
from collections.abc import Awaitable

from starlette.types import Message, Receive, Scope, Send

from datastore_service.api.edge.body_rate import BodyRate
from datastore_service.api.edge.compression import compressed, is_large_enough
from datastore_service.api.edge.concurrency import Concurrency
from datastore_service.api.edge.deadline import Deadline
from datastore_service.api.edge.held_bytes import HeldBytes
from datastore_service.api.edge.lifecycle_gate import LifecycleGate
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.large_requests import Work


class Exchange:
    """Tracks what a request waits for, and whether its response has begun.

    Attributes:
        answers: Whether the response has begun.
        deadline: When the response has to begin; None before the request is admitted.
        made: The room that a large request occupies until its response begins; None before the request is admitted.
        gate: Tells whether this response is the last one on its connection; None if no gate applies.
        given_up: Whether the request is refused because unfinished bodies take too much memory.
        rate: The minimum rate of the body, if it is processed while it arrives.
        waits_for_client: Whether the request is waiting for the rest of its body.
    """

    __slots__ = (
        "_came_in_pieces",
        "_compresses",
        "_concurrency",
        "_has_body",
        "_has_room",
        "_held",
        "_holds",
        "_receive",
        "_scope",
        "_send",
        "answers",
        "deadline",
        "gate",
        "given_up",
        "made",
        "rate",
        "waits_for_client",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, held: HeldBytes, compresses: bool) -> None:
        self._scope = scope
        self._compresses = compresses
        self._receive = receive
        self._send = send
        self._held = held
        self._concurrency: Concurrency | None = None
        self._has_room = self._has_body = self._came_in_pieces = self._holds = False
        self.given_up = self.answers = self.waits_for_client = False
        self.deadline: Deadline | None = None
        self.gate: LifecycleGate | None = None
        self.made: Work | None = None
        self.rate: BodyRate | None = None

    def enter(self, concurrency: Concurrency) -> None:
        """Counts the request as under way."""
        self._concurrency = concurrency
        self._has_room = True
        concurrency.enter()
        if concurrency.counts_clients:
            concurrency.enter_client(self._scope)

    def leave(self) -> None:
        """No longer counts the request as under way; further calls have no effect."""
        concurrency, self._concurrency = self._concurrency, None
        if concurrency is not None:
            if concurrency.counts_clients:
                concurrency.leave_client(self._scope)
            if self._has_room:
                concurrency.leave()
        if self._holds:
            self._held.release(self)

    def idle(self) -> None:
        """Lets the request wait without a deadline, and without being counted."""
        if self.deadline is not None:
            self.deadline.give()
        self.leave()

    async def receive(self) -> Message:
        """Receives a part of the body. A request that waits for its body does not count as under way.

        Raises:
            RequestRefused: Too many requests are under way when its body has arrived.
        """
        concurrency = self._concurrency
        if self._has_body or concurrency is None:
            return await self._receive()
        concurrency.leave()
        self._has_room = False
        self.waits_for_client = True
        try:
            message = await (self._receive() if self.rate is None else self._received_in_time(self.rate))
        finally:
            if self._concurrency is not None:
                concurrency.enter()
                self._has_room = True
        self.waits_for_client = False
        self._take_note(arrives=message.get("more_body", False))
        self._hold(message)
        if self.rate is None and (problem := concurrency.excess()):
            raise RequestRefused(problem)
        return message

    def holding(self, receive: Receive) -> Receive:
        """Returns what receives the same, and holds it as well: what a body unpacks to is more than what was sent."""

        async def receive_and_hold() -> Message:
            message = await receive()
            self._hold(message)
            return message

        return receive_and_hold

    def _hold(self, message: Message) -> None:
        """Takes note of the memory that the body takes, if it comes in pieces that are put together."""
        arrives = message.get("more_body", False)
        if (arrives or self._holds) and self.rate is None and self._concurrency is not None:
            self._holds = True
            self._held.add(self, len(message.get("body", b"")))
            if not arrives:
                self._held.settle(self)

    def give_up(self) -> None:
        """Has the request refused; see `Holder`."""
        if self.deadline is not None and not self.answers:
            self.given_up = True
            self.deadline.give_up()

    async def _received_in_time(self, rate: BodyRate) -> Message:
        timer = asyncio.get_running_loop().call_later(rate.begin(), self._time_out)
        try:
            message = await self._receive()
        finally:
            timer.cancel()
        rate.end(len(message.get("body", b"")))
        return message

    def _time_out(self) -> None:
        if self.deadline is not None:
            self.deadline.time_is_up()

    def _take_note(self, *, arrives: bool) -> None:
        """Restarts the deadline: after each piece of a body that is processed while it arrives, else after the last."""
        if self.deadline is not None and (self.rate is not None or (self._came_in_pieces and not arrives)):
            self.deadline.renew()
        self._came_in_pieces = arrives
        self._has_body = not arrives

    def send(self, message: Message) -> Awaitable[None]:
        """Sends a part of the response; with the first part, the deadline is met."""
        if not self.answers:
            self.answers = True
            if self.made is not None:
                # The room is free again, so that a client that reads slowly does not make others wait.
                self.made.leave()
            if self.deadline is not None:
                self.deadline.give()
            if self.gate is not None and self.gate.lets_the_last_out:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            if self._compresses and is_large_enough(message):
                self._send = compressed(self._scope, message, self._send)
        if message.get("more_body"):
            self.leave()
        return self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answers with a problem document."""
        await problem.to_response()(self._scope, self.receive, self.send)
