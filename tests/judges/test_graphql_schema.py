"""The GraphQL schema against the rules of Relay's specifications."""

import json
from pathlib import Path

import pytest

from tests.judges.conftest import HERE, Node


@pytest.fixture
def lint(node: Node, packages: Path) -> Node:
    def run(sdl: str) -> str:
        program, config = packages / "eslint/bin/eslint.js", HERE / "eslint.config.mjs"
        return node(program, "--config", config, "--format", "json", sdl)

    return run


def test_breaks_no_rule(lint: Node) -> None:
    [result] = json.loads(lint("snapshots/schema.graphql"))

    assert [f"{found['line']}: {found['message']}" for found in result["messages"]] == []
