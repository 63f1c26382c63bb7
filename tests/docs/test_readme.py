"""What the README shows of the code is the code."""

import re
import tomllib
from typing import Final

import pytest

from tests.docs.pages import ROOT, Block, blocks

README: Final = (ROOT / "README.md").read_text("utf-8")
SOURCES: Final = [block for block in blocks(README) if block.title]
TREE: Final = next(block.text for block in blocks(README) if "THE COMMAND SIDE" in block.text)


@pytest.mark.parametrize("block", SOURCES, ids=lambda block: block.title)
def test_its_python_is_taken_from_the_source(block: Block) -> None:
    assert block.text in (ROOT / block.title).read_text("utf-8")


def test_it_shows_a_command_handler_and_a_query_handler() -> None:
    folders = {block.title.rsplit("/", 2)[-2] for block in SOURCES}

    assert folders == {"commands", "queries"}


def folders() -> list[str]:
    """Returns the folders that its tree shows, below the package."""
    found, parents = list[str](), list[str]()
    for line in TREE.splitlines()[1:]:
        indented = len(line) - len(line.lstrip())
        parents = parents[: indented // 2 - 1]
        path = re.match(r"\s*([a-z_]+)/", line)
        assert path, line
        parents.append(path[1])
        found.append("/".join(parents))
        below = re.findall(r"(?<=[ ,])([a-z_]+)/(?=[ ,])", line[len(path[0]) :])
        found += ["/".join([*parents, name]) for name in below]
    return found


def test_its_tree_exists() -> None:
    missing = [path for path in folders() if not (ROOT / "src/datastore_service" / path).is_dir()]

    assert not missing
    assert len(folders()) > 10


def test_import_linter_checks_the_contracts_that_it_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = {contract["name"] for contract in project["tool"]["importlinter"]["contracts"]}

    named = re.findall(r"^- \*([^*]+)\*$", README, re.MULTILINE)
    assert named
    assert set(named) <= contracts
