"""Who is let in, how many at once, for how long, and what becomes of what nobody has foreseen (adr/0022)."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from datastore_service.api.idling import never_idle, when_idle
from datastore_service.api.problems import Problem, problem_of
from datastore_service.api.protection.concurrency import Concurrency
from datastore_service.api.protection.deadline import Deadline
from datastore_service.api.protection.gate import Gate
from datastore_service.api.protection.heads import Heads
from datastore_service.api.protection.timers import Timers
from datastore_service.api.request_head import RequestHead

_ALWAYS: Final = ("/health/", "/metrics")

type Check = Callable[[RequestHead], Problem | None]
"""Returns what is wrong with a request's head, if anything is."""


class Guard:
    """Lets a request in if every check does, there is room for it, and the service serves; then it has to be in time.

    A request whose answer turns out to be a stream, or to be waited for, no longer takes room, and has no deadline.
    What is streamed to the service may take that long for each piece that arrives. Health and metrics are always told.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        checks: Sequence[Check],
        concurrency: Concurrency,
        gate: Gate,
        seconds: float,
        streamed: Collection[str] = (),
    ) -> None:
        self._app = app
        self._heads = Heads(app)
        self._checks = checks
        self._concurrency = concurrency
        self._gate = gate
        self._timers = Timers(seconds)
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            exchange = _Exchange(receive, send)
            try:
                await self._answer(scope, exchange)
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
                # The framework's own layer for this raises it again after its answer, and the server logs it once more.
                problem = problem_of(error, scope["state"]["correlation_id"])
                # An answer that breaks off is left without its end, by which the server knows to drop the connection.
                if not exchange.answers:
                    await problem.to_response()(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._shake_hands(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _answer(self, scope: Scope, exchange: "_Exchange") -> Awaitable[None]:
        head = RequestHead.of(scope)
        if problem := self._unwelcome(head):
            return exchange.refuse(problem, scope)
        if head.path.startswith(_ALWAYS):
            return self._answer_in_time(scope, exchange)
        if problem := self._concurrency.refusal():
            return exchange.refuse(problem, scope)
        return self._answer_while_serving(scope, exchange)

    def _unwelcome(self, head: RequestHead) -> Problem | None:
        for check in self._checks:
            if problem := check(head):
                return problem
        return None

    async def _answer_while_serving(self, scope: Scope, exchange: "_Exchange") -> None:
        exchange.enter(self._concurrency)
        try:
            gate = self._gate
            if gate.is_undecided:
                await gate.decided()
            if problem := gate.refusal():
                await exchange.refuse(problem, scope)
                return
            exchange.gate = gate
            with gate.working():
                await self._answer_in_time(scope, exchange)
        finally:
            exchange.leave()

    async def _answer_in_time(self, scope: Scope, exchange: "_Exchange") -> None:
        exchange.deadline = deadline = Deadline(self._timers)
        exchange.each_piece_in_time = scope["path"] in self._streamed
        when_idle(scope, exchange.idle)
        app = self._heads if scope["method"] == "HEAD" else self._app
        try:
            with deadline:
                await app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            if exchange.answers or not deadline.expired:
                raise
            await exchange.refuse(deadline.problem(waited_for_client=exchange.waits_for_client), scope)
        finally:
            # Else each request would be a ring of objects, which stay until garbage is looked for.
            never_idle(scope)

    async def _shake_hands(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._unwelcome(RequestHead.of(scope)):
            # The server answers a handshake with 403 then; no page could read more of it.
            await WebSocketClose()(scope, receive, send)
            return
        if self._gate.is_undecided:
            await self._gate.decided()
        problem = self._gate.refusal()
        if problem is None:
            # A connection that lasts is not waited for at the end; it is closed then.
            await self._app(scope, receive, send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await problem.to_response()(scope, receive, send)
        else:
            await WebSocketClose()(scope, receive, send)


class _Exchange:
    """A request and its answer, as they go by."""

    __slots__ = (
        "_leave",
        "_receive",
        "_send",
        "answers",
        "deadline",
        "each_piece_in_time",
        "gate",
        "waits_for_client",
    )

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._leave: Callable[[], None] | None = None
        self.answers = self.waits_for_client = self.each_piece_in_time = False
        self.deadline: Deadline | None = None
        self.gate: Gate | None = None

    def enter(self, concurrency: Concurrency) -> None:
        """Takes room."""
        concurrency.enter()
        self._leave = concurrency.leave

    def leave(self) -> None:
        """Makes room, once."""
        if self._leave is not None:
            self._leave()
            self._leave = None

    def idle(self) -> None:
        """Lets it wait for as long as it likes."""
        if self.deadline is not None:
            self.deadline.give()
        self.leave()

    async def receive(self) -> Message:
        """Receives, and knows meanwhile whom it waits for."""
        self.waits_for_client = True
        message = await self._receive()
        self.waits_for_client = False
        if self.each_piece_in_time and self.deadline is not None:
            self.deadline.renew()
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """Sends; who has begun to answer is in time."""
        if not self.answers:
            self.answers = True
            if self.deadline is not None:
                self.deadline.give()
            if self.gate is not None and self.gate.lets_the_last_out:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        if message.get("more_body"):
            self.leave()
        return self._send(message)

    async def refuse(self, problem: Problem, scope: Scope) -> None:
        """Answers with a problem."""
        await problem.to_response()(scope, self.receive, self.send)
