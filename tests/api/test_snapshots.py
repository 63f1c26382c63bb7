"""The contracts as files, so that each change of them shows in a diff. `just snapshots` writes them."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"


def openapi(app: FastAPI) -> str:
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def sdl(app: FastAPI) -> str:
    return app.state.graphql.schema.as_str() + "\n"


@pytest.mark.parametrize(("name", "render"), [("openapi.json", openapi), ("schema.graphql", sdl)])
def test_equals_what_is_served(app: FastAPI, name: str, render: Callable[[FastAPI], str]) -> None:
    served = render(app)
    snapshot = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(served, encoding="utf-8")

    assert snapshot.read_text(encoding="utf-8") == served, "Run `just snapshots` and read the diff."
