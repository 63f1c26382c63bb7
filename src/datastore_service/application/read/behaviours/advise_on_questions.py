"""Questions that lack an index: the client that wants to know is told, and so is one whose question takes too long."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from datastore_service.application.errors import QueryTimeout, StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.origin import current_origin
from datastore_service.application.read.advice import Advice, Advisor
from datastore_service.application.read.criteria.question import RecordQuestion


@dataclass(frozen=True, slots=True)
class AdviseOnQuestions:
    """Adds to the advice of the request what would serve each question in it, and to a time-out what would mend it."""

    advisor: Advisor

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes what asks a question."""
        return hasattr(message, "question")

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        return self._advise(following, message, current_origin().advice)

    async def _advise(self, following: Step, message: Message[Any], advice: list[Advice] | None) -> Any:  # noqa: ANN401 - the message's own result
        question = getattr(message, "question", None)
        try:
            result = await following(message)
        except QueryTimeout as timeout:
            if not isinstance(question, RecordQuestion):
                raise
            raise QueryTimeout(timeout.seconds, await self._lacking(question)) from timeout
        if advice is not None and isinstance(question, RecordQuestion):
            advice.extend(each for each in await self.advisor.on(question) if each not in advice)
        return result

    async def _lacking(self, question: RecordQuestion) -> Sequence[str]:
        """Returns what makes the indexes that would serve a question; nothing if the store cannot tell just now."""
        try:
            return [each.command for each in await self.advisor.on(question)]
        except StoreUnavailable:
            return []
