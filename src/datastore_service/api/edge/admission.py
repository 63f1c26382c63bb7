"""Admission control: checks, the concurrency limit, the deadline, and the last-resort error handler (adr/0022)."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from datastore_service.api.edge.body_rate import BodyRate
from datastore_service.api.edge.capacity import Capacity
from datastore_service.api.edge.concurrency import Concurrency
from datastore_service.api.edge.deadline import Deadline
from datastore_service.api.edge.exchange import Exchange
from datastore_service.api.edge.head_requests import HeadRequests
from datastore_service.api.edge.lifecycle_gate import LifecycleGate
from datastore_service.api.edge.timers import Timers
from datastore_service.api.http.body_codings import unpacked
from datastore_service.api.http.long_poll import clear, on_detach
from datastore_service.api.http.problems import Problem, note_broken_off, problem_of
from datastore_service.api.http.request_head import RequestHead

BROKEN_OFF: Final = "datastore.broken_off"
"""The key in the scope of a request whose response was cut off after it had begun; the reason was logged."""
_ALWAYS: Final = ("/health/", "/metrics")

_NO_MEMORY: Final = Problem(
    "overloaded",
    "The service holds as many bytes of bodies as it takes, and the rest of this one did not come soon enough.",
    headers={"Retry-After": "1", "Connection": "close"},
)

type Check = Callable[[RequestHead], Problem | None]
"""Returns what is wrong with the head of a request, or None."""


class Admission:
    """Runs a request if all checks pass, there is room for it, and the service is serving; then its deadline starts.

    A request that streams its response, or waits for something, gives up its room and has no deadline. The arrival of
    the body and the work afterwards may take the full time each. A body that is processed while it arrives gets
    that time for each piece, and has to keep up a minimum rate. Health checks and metrics are never refused for load.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        checks: Sequence[Check],
        concurrency: Concurrency,
        capacity: Capacity,
        gate: LifecycleGate,
        seconds: float,
        streamed: Collection[str] = (),
        bytes_per_second: float = 1024,
        compresses: bool = True,
    ) -> None:
        self._app = app
        self._heads = HeadRequests(app)
        self._checks = checks
        self._concurrency = concurrency
        self._capacity = capacity
        self._gate = gate
        self._timers = Timers(seconds)
        self._streamed = streamed
        self._bytes_per_second = bytes_per_second
        self._compresses = compresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            exchange = Exchange(scope, receive, send, held=self._capacity.received, compresses=self._compresses)
            try:
                await self._answer(scope, exchange)
            except Exception as error:  # noqa: BLE001 - every error ends here
                # Starlette's own layer would raise the error again after the response, and the server would log it
                # again.
                if exchange.answers:
                    # The server closes the connection, so that the client sees that the response is incomplete.
                    scope[BROKEN_OFF] = True
                    note_broken_off(error, scope["state"]["correlation_id"])
                else:
                    problem = problem_of(error, scope["state"]["correlation_id"])
                    await problem.to_response()(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._shake_hands(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _answer(self, scope: Scope, exchange: Exchange) -> Awaitable[None]:
        head = RequestHead.of(scope)
        if problem := self._unwelcome(head):
            return exchange.refuse(problem)
        if head.path.startswith(_ALWAYS):
            return self._answer_in_time(scope, head, exchange)
        if problem := self._concurrency.refusal(scope):
            return exchange.refuse(problem)
        return self._answer_while_serving(scope, head, exchange)

    def _unwelcome(self, head: RequestHead) -> Problem | None:
        for check in self._checks:
            if problem := check(head):
                return problem
        return None

    async def _answer_while_serving(self, scope: Scope, head: RequestHead, exchange: Exchange) -> None:
        exchange.enter(self._concurrency)
        try:
            gate = self._gate
            if gate.is_undecided:
                await gate.decided()
            if problem := gate.refusal():
                await exchange.refuse(problem)
                return
            exchange.gate = gate
            with gate.work:
                await self._answer_in_time(scope, head, exchange)
        finally:
            exchange.leave()

    async def _answer_in_time(self, scope: Scope, head: RequestHead, exchange: Exchange) -> None:
        exchange.deadline = deadline = Deadline(self._timers)
        if head.path in self._streamed:
            exchange.rate = BodyRate(self._timers.seconds, self._bytes_per_second)
        on_detach(scope, exchange.idle)
        app = self._heads if head.method == "HEAD" else self._app
        receive = exchange.receive
        if b"content-encoding" in head.headers:
            receive = exchange.holding(unpacked(head.headers, receive))
        try:
            with deadline, self._capacity.large_requests.working() as exchange.made:
                await app(scope, receive, exchange.send)
        except TimeoutError:
            if exchange.answers or not deadline.expired:
                raise
            if exchange.given_up:
                await exchange.refuse(_NO_MEMORY)
            else:
                await exchange.refuse(deadline.problem(waits_for_client=exchange.waits_for_client, rate=exchange.rate))
        finally:
            # Breaks a reference cycle, which would stay until the garbage collector runs.
            clear(scope)

    async def _shake_hands(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._unwelcome(RequestHead.of(scope)):
            # The server answers a handshake with 403 then; a web page could not read more of it anyway.
            await WebSocketClose()(scope, receive, send)
            return
        if self._gate.is_undecided:
            await self._gate.decided()
        problem = self._gate.refusal()
        if problem is None:
            # The end of the service does not wait for a long-lived connection; it closes it.
            await self._app(scope, receive, send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await problem.to_response()(scope, receive, send)
        else:
            await WebSocketClose()(scope, receive, send)
