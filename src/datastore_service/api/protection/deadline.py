"""How long a request may take until its answer begins."""

import asyncio
from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.api.idling import when_idle
from datastore_service.api.problems import Problem
from datastore_service.application.commits import count_commits

_RETRY_AFTER: Final = "1"


class _Patience:
    """How much longer a request may take."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._endless = False
        self.deadline = asyncio.timeout(seconds)

    def renew(self) -> None:
        """Gives it as much time again, if there is a deadline still."""
        if not (self._endless or self.deadline.expired()):
            self.deadline.reschedule(asyncio.get_running_loop().time() + self._seconds)

    def give(self) -> None:
        """Gives it all the time that it wants."""
        if not (self._endless or self.deadline.expired()):
            self._endless = True
            self.deadline.reschedule(None)


class Deadline:
    """Cancels what takes too long; what has begun to answer may go on for as long as it likes.

    What is streamed may take that long for each piece that arrives.
    A commit that is under way is not cancelled (see SqlUnitOfWork), so it is always known what was committed.
    """

    def __init__(self, app: ASGIApp, *, seconds: float, streamed: Collection[str] = ()) -> None:
        self._app = app
        self._seconds = seconds
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        patience = _Patience(self._seconds)
        deadline = patience.deadline
        more_with_each_piece = scope.get("path") in self._streamed
        commits = count_commits()
        waits_for_client = answers = False

        async def receive_and_see() -> Message:
            nonlocal waits_for_client
            waits_for_client = True
            message = await receive()
            waits_for_client = False
            if more_with_each_piece:
                patience.renew()
            return message

        async def send_and_see(message: Message) -> None:
            nonlocal answers
            answers = True
            patience.give()
            await send(message)

        when_idle(scope, patience.give)
        try:
            async with deadline:
                await self._app(scope, receive_and_see, send_and_see)
        except TimeoutError:
            if answers or not deadline.expired():
                raise
            problem = self._slow_client() if waits_for_client else self._slow_service(commits.made)
            await problem.to_response()(scope, receive, send)

    def _slow_client(self) -> Problem:
        detail = f"The body did not arrive within {self._seconds:g} seconds."
        return Problem("request_timeout", detail, headers={"Connection": "close"})

    def _slow_service(self, commits: int) -> Problem:
        what_stands = (
            f"Changes had been made by then, and stand: {commits} committed" if commits else "Nothing was changed"
        )
        detail = f"The request took longer than {self._seconds:g} seconds and was stopped. {what_stands}."
        return Problem("deadline_exceeded", detail, {"commits": commits}, {"Retry-After": _RETRY_AFTER})
