"""A question that runs into its time limit is told which index it lacks."""

from typing import Any

import pytest

from datastore_service.application.advice import Advice
from datastore_service.application.errors import QueryTimeout, StoreUnavailable
from datastore_service.application.messages import Message
from datastore_service.application.read.behaviours.advise_on_indexes import AdviseOnIndexes
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.list_records import ListRecords


class _Advisor:
    """Has one piece of advice, or is kept from it."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    async def on(self, _: RecordCriteria) -> list[Advice]:
        if self.failure:
            raise self.failure
        return [Advice("people", "payload.age")]


async def _takes_too_long(_: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
    raise QueryTimeout(30)


async def _told(advisor: Any) -> QueryTimeout:  # noqa: ANN401 - stands for an advisor
    asked = ListRecords(criteria=RecordCriteria(collection="people"), page=PageRequest(limit=1))
    with pytest.raises(QueryTimeout) as timeout:
        await AdviseOnIndexes(advisor)(_takes_too_long, asked)
    return timeout.value


async def test_the_error_names_the_limit_and_the_command_for_the_index() -> None:
    detail = (await _told(_Advisor())).detail

    assert "30 seconds" in detail
    assert "An index would serve it: datastore index create" in detail


async def test_the_error_has_no_advice_if_there_is_none() -> None:
    detail = (await _told(_Advisor(StoreUnavailable("Away.")))).detail

    assert "30 seconds" in detail
    assert "database.statement_timeout" in detail
