"""The OpenAPI document against the specification and against Redocly's recommended rules."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
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


def test_every_body_has_examples_which_are_true(document: dict[str, Any]) -> None:
    judged = 0
    for path in document["paths"].values():
        for operation in path.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for media_type, content in (pair for body in bodies for pair in body.get("content", {}).items()):
                if not media_type.endswith(("/json", "+json")):
                    continue
                validator = jsonschema_rs.Draft202012Validator(
                    {**content["schema"], "components": document["components"]}
                )
                for example in examples_of(content, document):
                    validator.validate(example)
                    judged += 1
    assert judged > 100


def examples_of(content: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    """Returns the examples of a body, of which there is at least one."""
    schema = content["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    errors = document["components"]["examples"]
    found = [errors[named["$ref"].rpartition("/")[2]]["value"] for named in content.get("examples", {}).values()]
    found += [content["example"]] if "example" in content else []
    found += schema.get("examples", [])
    assert found, content
    return found
