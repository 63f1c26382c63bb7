"""GraphQL over HTTP against the audits of graphql-http, MUST, SHOULD and MAY alike."""

import json

from tests.e2e.conftest import RunningService
from tests.judges.conftest import HERE, Node


def test_passes_each_audit(node: Node, service: RunningService) -> None:
    audits = json.loads(node(HERE / "audit-graphql.mjs", f"{service.base_url}/graphql"))

    failures = [f"{audit['id']} {audit['name']}: {audit['reason']}" for audit in audits if audit["status"] != "ok"]
    assert len(audits) >= 61
    assert failures == []
