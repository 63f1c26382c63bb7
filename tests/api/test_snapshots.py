"""The contracts as files, so that each change of them shows in a diff. `just snapshots` writes them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
WIDTH = 120
"""So many characters of a line of the OpenAPI document are read at a glance."""


def openapi(app: FastAPI) -> str:
    return laid_out(app.openapi()) + "\n"


def laid_out(value: object, indent: str = "", taken: int = 0) -> str:
    """Writes JSON with each object and array on one line where it fits: a change of one shows as a change of a line."""
    line = json.dumps(value, ensure_ascii=False)
    if taken + len(line) <= WIDTH or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        items = [inner + laid_out(item, inner, len(inner)) for item in cast("list[object]", value)]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    members: list[str] = []
    for name, each in cast("dict[str, object]", value).items():
        begun = f"{inner}{json.dumps(name, ensure_ascii=False)}: "
        members.append(begun + laid_out(each, inner, len(begun)))
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def sdl(app: FastAPI) -> str:
    return app.state.graphql.executable.schema.as_str() + "\n"


@pytest.mark.parametrize(("name", "render"), [("openapi.json", openapi), ("schema.graphql", sdl)])
def test_equals_what_is_served(app: FastAPI, name: str, render: Callable[[FastAPI], str]) -> None:
    served = render(app)
    snapshot = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(served, encoding="utf-8")

    assert snapshot.read_text(encoding="utf-8") == served, "Run `just snapshots` and read the diff."
