"""Who wants to know which index his questions lack is told."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from datastore_service.application.advice import Advice, Advisor
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.origin import current_origin
from datastore_service.application.questions.question import RecordQuestion


@dataclass(frozen=True, slots=True)
class AdviseOnQuestions:
    """Adds to the advice of the request what would serve each question in it."""

    advisor: Advisor

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes what asks a question."""
        return hasattr(message, "question")

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        advice = current_origin().advice
        return following(message) if advice is None else self._advise(following, message, advice)

    async def _advise(self, following: Step, message: Message[Any], advice: list[Advice]) -> Any:  # noqa: ANN401 - the message's own result
        result = await following(message)
        question = getattr(message, "question", None)
        if isinstance(question, RecordQuestion):
            advice.extend(each for each in await self.advisor.on(question) if each not in advice)
        return result
