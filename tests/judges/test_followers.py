"""The clients that others have written follow the changes: graphql-ws, graphql-sse and an EventSource."""

import json

from tests.e2e.conftest import RunningService
from tests.judges.conftest import HERE, Node


def test_foreign_clients_are_given_every_change_once_and_in_order(node: Node, service: RunningService) -> None:
    given = json.loads(node(HERE / "follow-changes.mjs", service.base_url))

    assert given == {
        **{client: [0, 1, 2, 3, 4, 5] for client in ("ws", "sse", "events", "resumed")},
        "query": {"__typename": "Query"},
        "syntax": [["validation_failed"]] * 2,
        "cursor": [["invalid_cursor"]] * 2,
    }
