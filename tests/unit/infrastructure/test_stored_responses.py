"""Responses that a former release has stored."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from datastore_service.application.views import JsonText, RecordView
from datastore_service.application.write.ports.stored_responses import StoredResponse
from datastore_service.domain.errors import AsOfInFuture, DomainError, HistoryExpired
from datastore_service.domain.typed.errors import Flaw, NameTaken
from datastore_service.infrastructure.database.write.repositories.stored_responses import dumped, loaded

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_record_has_the_default_of_a_member_that_there_was_not_yet() -> None:
    stored = {"id": str(UUID(int=1)), "collection": "c", "version": 1, "payload": "1", "deleted_at": None}
    times = {"created_at": NOON.isoformat(), "updated_at": NOON.isoformat()}

    answer = loaded(json.dumps({"result": {**stored, **times}}), RecordView)

    assert answer.outcome == RecordView(
        id=UUID(int=1),
        collection="c",
        version=1,
        payload=JsonText("1"),
        tags=(),
        created_at=NOON,
        updated_at=NOON,
        deleted_at=None,
    )


@pytest.mark.parametrize(
    ("name", "parts", "kind"),
    [
        ("TimeNotCome", {"detail": "It has not come."}, AsOfInFuture),
        ("HistoryNotKept", {"detail": "It is not kept.", "horizon": "2026-01-01T00:00:00Z"}, HistoryExpired),
    ],
)
def test_a_class_of_another_name_is_found(name: str, parts: dict[str, str], kind: type[DomainError]) -> None:
    refusal = loaded(json.dumps({"refusal": {"type": name, "parts": parts}}), RecordView).outcome

    assert type(refusal) is kind
    assert vars(refusal) == parts


def test_a_refusal_has_all_its_parts_again() -> None:
    refusal = NameTaken([Flaw("/api/type", "'Person' is taken.", "collection staff, api/type")])

    answer = loaded(dumped(StoredResponse(refusal)), RecordView)

    assert isinstance(answer.outcome, NameTaken)
    assert (answer.outcome.flaws, answer.outcome.detail) == (refusal.flaws, "'Person' is taken.")
