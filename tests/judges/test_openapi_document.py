"""The OpenAPI document against the specification and against Redocly's recommended rules."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.judges.conftest import HERE, Node

DOCUMENT = HERE.parent / "snapshots/openapi.json"


@pytest.fixture
def document() -> dict[str, Any]:
    return json.loads(DOCUMENT.read_text(encoding="utf-8"))


def test_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_breaks_no_recommended_rule(node: Node, packages: Path) -> None:
    report = json.loads(
        node(packages / "@redocly/cli/bin/cli.js", "lint", "--extends=recommended", "--format=json", DOCUMENT)
    )

    assert report["problems"] == []
    assert report["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}
