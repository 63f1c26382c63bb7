"""Each path, command, setting and address that the pages name exists."""

import mimetypes
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.routing import BaseRoute, Match

from datastore_service.config.loader import describe_settings
from datastore_service.config.settings import Settings
from datastore_service.main import create_app
from docsite.command_line import command_names
from tests.docs.pages import ROOT, blocks, name_of, pages, spans
from tests.settings import settings_with

PACKAGE: Final = ROOT / "src/datastore_service"
NEW: Final = " (new)"
FILE: Final = re.compile(r"(?:[\w.-]+/)*[\w-]+\.(?:css|graphql|js|json|lock|md|py|toml|ya?ml)")
FOLDER: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?|[\w.-]+/")
RECIPE: Final = re.compile(r"(?<![\w/])just ([a-z][\w-]*)")
SUBCOMMAND: Final = re.compile(r"(?<![\w/-])datastore ([a-z]+)")
VARIABLE: Final = re.compile(r"\b[A-Z_]*(?:DATASTORE|DATABASE)_[A-Z_]+\b")
KEY: Final = re.compile(rf"(?<![\w/.])(?:{'|'.join(Settings.model_fields)})\.[a-z_]+\b(?![.(])")
ADDRESS: Final = re.compile(r"(?:(?:GET|POST|PUT|PATCH|DELETE) )?(/[\w/{}.-]+)(?:\?.*)?")
LOCAL: Final = re.compile(r"localhost:8080(/[\w/{}.-]*)")

type Finder = Callable[[str], Iterator[str]]


@cache
def recipes() -> list[str]:
    just = [str(Path(sys.executable).with_name("just")), "--summary"]
    return subprocess.run(just, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


@cache
def routes() -> list[BaseRoute]:
    return create_app(settings_with(environment="local")).routes


def is_served(path: str) -> bool:
    scope: dict[str, Any] = {"type": "http", "path": path, "root_path": "", "method": "GET", "headers": []}
    return any(route.matches(scope)[0] is not Match.NONE for route in routes())


def code(text: str) -> list[str]:
    return spans(text) + [block.text for block in blocks(text) if block.language in {"bash", "text"}]


def missing_paths(text: str) -> Iterator[str]:
    titles = [block.title for block in blocks(text) if block.title]
    new = [title.removesuffix(NEW) for title in titles if title.endswith(NEW)]
    made = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for path in [*spans(text), *(title for title in titles if not title.endswith(NEW))]:
        is_path = FILE.fullmatch(path) or (FOLDER.fullmatch(path) and not mimetypes.guess_extension(path))
        is_made = path in made or any(path.startswith(folder) for folder in made if folder.endswith("/"))
        if is_path and not is_made and path not in new and not is_there(path):
            yield path
    yield from (f"{path}, which is not new" for path in new if is_there(path))


def is_there(path: str) -> bool:
    if (ROOT / path).exists() or (PACKAGE / path).exists():
        return True
    return "/" not in path and any(PACKAGE.rglob(path))


def missing_recipes(text: str) -> Iterator[str]:
    yield from (found for found in RECIPE.findall("\n".join(code(text))) if found not in recipes())


def missing_subcommands(text: str) -> Iterator[str]:
    yield from (found for found in SUBCOMMAND.findall("\n".join(code(text))) if found not in command_names())


def missing_variables(text: str) -> Iterator[str]:
    known = {setting.variable for setting in describe_settings()} | {"DATASTORE_ENV"}
    yield from (found for found in VARIABLE.findall(text) if found not in known)


def missing_keys(text: str) -> Iterator[str]:
    known = {setting.key for setting in describe_settings()}
    names = (found for found in KEY.findall("\n".join(code(text))) if not FILE.fullmatch(found))
    yield from (found for found in names if found not in known)


def missing_addresses(text: str) -> Iterator[str]:
    named = [match[1] for span in spans(text) if (match := ADDRESS.fullmatch(span))]
    for address in [*named, *LOCAL.findall(text)]:
        path = re.sub(r"\{\w+\}", "x", address)
        if path != "/" and not is_served(path):
            yield address


FINDERS: Final = [
    missing_paths, missing_recipes, missing_subcommands, missing_variables, missing_keys, missing_addresses,
]  # fmt: skip


@pytest.mark.parametrize("page", pages(), ids=name_of)
@pytest.mark.parametrize("missing", FINDERS, ids=lambda finder: finder.__name__)
def test_names_nothing_that_is_missing(page: Path, missing: Finder) -> None:
    assert list(missing(page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("missing", "text", "found"),
    [
        (missing_paths, "`domain/records/record.py`, `tests/docs`, `application/json`, `and/or`", ["and/or"]),
        (missing_paths, "`src/nowhere.py`, `nowhere.md`", ["src/nowhere.py", "nowhere.md"]),
        (missing_paths, '```python title="src/nowhere.py"\n```', ["src/nowhere.py"]),
        (missing_paths, '```python title="src/nowhere.py (new)"\n```\n`src/nowhere.py`', []),
        (missing_paths, '```python title="README.md (new)"\n```', ["README.md, which is not new"]),
        (missing_recipes, "`just check`, `uv run just chekc`", ["chekc"]),
        (missing_recipes, "```bash\nuv run just chekc\n```", ["chekc"]),
        (missing_subcommands, "`datastore serve`, `uv run datastore sreve`", ["sreve"]),
        (missing_variables, "DATABASE_URL, `DATASTORE_ENV`, DATASTORE_HSOT", ["DATASTORE_HSOT"]),
        (missing_keys, "`server.port`, `server.prot=1`, `server.py`", ["server.prot"]),
        (missing_addresses, "`/records/{id}`, `GET /nowhere`", ["/nowhere"]),
        (missing_addresses, "http://localhost:8080/nowhere and <http://localhost:8080/docs>", ["/nowhere"]),
    ],
)
def test_finds_what_is_missing(missing: Finder, text: str, found: list[str]) -> None:
    assert list(missing(text)) == found
