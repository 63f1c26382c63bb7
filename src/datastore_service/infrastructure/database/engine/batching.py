"""Batching: concurrent requests are answered in groups."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from typing import Any, override


class _Answer[A](asyncio.Future[A]):
    """A future that can no longer be cancelled once its request is in flight."""

    is_taken = False

    @override
    def cancel(self, msg: Any = None) -> bool:
        return not self.is_taken and super().cancel(msg)


class Batcher[Q, A]:
    """Answers requests in groups: at once if no group is under way, otherwise with those that arrive meanwhile.

    There is no timer: without load, a request waits only for the end of the current turn of the event loop.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        *,
        most: int,
        under_way: int,
    ) -> None:
        """Makes a batcher without requests.

        Args:
            answer: Answers a group, each request separately: a failure affects only its own request.
            most: The largest number of requests in a group.
            under_way: How many groups are answered at the same time.
        """
        self._answer_group = answer
        self._most = most
        self._free = under_way
        self._asked: dict[asyncio.Future[A], Q] = {}
        self._context: Context | None = None
        self._starting = False
        self._groups: set[asyncio.Task[None]] = set()

    async def submit(self, request: Q) -> A:
        """Returns the answer. A caller that is cancelled before its group starts is dropped from it."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._put(request, answer)
        return await answer

    async def submit_uncancellable(self, request: Q) -> A:
        """Returns the answer; a caller that is cancelled while it is being made still waits for it (adr/0022)."""
        answer: _Answer[A] = _Answer(loop=asyncio.get_running_loop())
        self._put(request, answer)
        try:
            return await answer
        except asyncio.CancelledError:
            if answer.cancelled():
                raise
            # The cancellation takes effect only now that the answer is there.
            return answer.result()

    def _put(self, request: Q, answer: asyncio.Future[A]) -> None:
        if not self._asked:
            self._context = copy_context()
        self._asked[answer] = request
        self._start()

    def _start(self) -> None:
        """Starts a group if there are requests and a free slot; its statement belongs to the first request's trace."""
        if not self._asked or not self._free or self._starting:
            return
        self._free -= 1
        # The group takes its requests in the next turn of the loop, and so includes all of this turn.
        self._starting = True
        # The context refers to a request, so it is not kept longer.
        context, self._context = self._context, None
        task = asyncio.create_task(self._answer(), context=context)
        self._groups.add(task)
        task.add_done_callback(self._groups.discard)

    async def _answer(self) -> None:
        group = self._next_group()
        self._starting = False
        self._start()
        answers: Sequence[A | Exception] = ()
        try:
            if group:
                answers = await self._answer_group([request for _, request in group])
        except Exception as error:  # noqa: BLE001 - the callers receive it
            answers = [error] * len(group)
        finally:
            self._free += 1
        for (asked, _), answer in zip(group, answers, strict=True):
            if asked.done():
                continue
            if isinstance(answer, Exception):
                asked.set_exception(answer)
            else:
                asked.set_result(answer)
        self._start()

    def _next_group(self) -> Sequence[tuple[asyncio.Future[A], Q]]:
        # Callers that were cancelled meanwhile are left out.
        waiting = [(answer, request) for answer, request in self._asked.items() if not answer.done()]
        self._asked = dict(waiting[self._most :])
        group = waiting[: self._most]
        for answer, _ in group:
            if isinstance(answer, _Answer):
                answer.is_taken = True
        return group
