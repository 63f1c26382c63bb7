"""Who wants to know which index his questions lack is told."""

from dataclasses import dataclass
from typing import Any

from datastore_service.application.advice import Advisor
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.origin import current_origin
from datastore_service.application.questions.question import RecordQuestion


@dataclass(frozen=True, slots=True)
class AdviseOnQuestions:
    """Adds to the advice of the request what would serve each question in it."""

    advisor: Advisor

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        result = await following(message)
        advice = current_origin().advice
        question = getattr(message, "question", None)
        if advice is not None and isinstance(question, RecordQuestion):
            advice.extend(each for each in await self.advisor.on(question) if each not in advice)
        return result
