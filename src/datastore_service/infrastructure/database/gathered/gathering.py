"""Doing together what is asked for at the same moment."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class _Asked[Q, A]:
    question: Q
    answer: asyncio.Future[A]
    taken: bool = field(default=False)


class Gathering[Q, A]:
    """Answers questions in groups: at once while nothing is under way, else with whatever has gathered meanwhile.

    There is no timer: without load a question waits for nothing but the turn of the event loop that it came in.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        *,
        most: int,
        under_way: int,
    ) -> None:
        """Makes an empty one.

        Args:
            answer: Answers a group, each question on its own: one that fails fails nobody else.
            most: How many questions there are in a group at the most.
            under_way: How many groups are answered at the same time.
        """
        self._answer_group = answer
        self._most = most
        self._free = under_way
        self._asked: deque[_Asked[Q, A]] = deque()
        self._groups: set[asyncio.Task[None]] = set()
        self._called = False

    async def ask(self, question: Q) -> A:
        """Returns the answer; who is cancelled has asked for nothing."""
        return await self._put(question).answer

    async def decide(self, question: Q) -> A:
        """Returns the answer; who is cancelled while it is found out waits for it all the same (adr/0022)."""
        asked = self._put(question)
        while True:
            try:
                return await asyncio.shield(asked.answer)
            except asyncio.CancelledError:
                if not asked.taken:
                    asked.answer.cancel()
                    raise

    def _put(self, question: Q) -> _Asked[Q, A]:
        loop = asyncio.get_running_loop()
        asked = _Asked[Q, A](question, loop.create_future())
        self._asked.append(asked)
        if not self._called and self._free:
            # What comes in the same turn of the loop comes along.
            self._called = True
            loop.call_soon(self._start)
        return asked

    def _start(self) -> None:
        self._called = False
        while self._free and (group := self._next_group()):
            self._free -= 1
            task = asyncio.create_task(self._answer(group))
            self._groups.add(task)
            task.add_done_callback(self._groups.discard)

    def _next_group(self) -> list[_Asked[Q, A]]:
        group: list[_Asked[Q, A]] = []
        while self._asked and len(group) < self._most:
            asked = self._asked.popleft()
            if not asked.answer.done():
                asked.taken = True
                group.append(asked)
        return group

    async def _answer(self, group: Sequence[_Asked[Q, A]]) -> None:
        try:
            answers = await self._answer_group([asked.question for asked in group])
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            answers = [error] * len(group)
        finally:
            self._free += 1
        for asked, answer in zip(group, answers, strict=True):
            if asked.answer.done():
                continue
            if isinstance(answer, Exception):
                asked.answer.set_exception(answer)
            else:
                asked.answer.set_result(answer)
        self._start()
