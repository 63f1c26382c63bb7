"""Names the index that a query lacks, to a client that asks for advice and in a time-out error."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from datastore_service.application.advice import Advice
from datastore_service.application.errors import QueryTimeout, StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.read.advisor import Advisor
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.request_context import current_context


@dataclass(frozen=True, slots=True)
class AdviseOnIndexes:
    """Adds the missing indexes of each query to the advice of the request, and to a `QueryTimeout`."""

    advisor: Advisor

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes messages with `criteria`."""
        return hasattr(message, "criteria")

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        return self._advise(following, message, current_context().advice)

    async def _advise(self, following: Step, message: Message[Any], advice: list[Advice] | None) -> Any:  # noqa: ANN401 - the message's own result
        criteria = getattr(message, "criteria", None)
        try:
            result = await following(message)
        except QueryTimeout as timeout:
            if not isinstance(criteria, RecordCriteria):
                raise
            # In a composite, the behaviours of the inner parts have added their advice already.
            lacking = dict.fromkeys([*await self._lacking(criteria), *timeout.advice])
            raise QueryTimeout(timeout.seconds, list(lacking)) from timeout
        if advice is not None and isinstance(criteria, RecordCriteria):
            advice.extend(each for each in await self.advisor.on(criteria) if each not in advice)
        return result

    async def _lacking(self, criteria: RecordCriteria) -> Sequence[str]:
        """Returns what makes the indexes that would serve a question; nothing if the store cannot tell just now."""
        try:
            return [each.command for each in await self.advisor.on(criteria)]
        except StoreUnavailable:
            return []
