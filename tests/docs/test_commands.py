"""What the pages tell their readers to paste works, and answers what they show."""

import json
import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast

import httpx2
import pytest

from tests.data_folders import copy
from tests.docs.pages import ROOT, Block, blocks, commands, name_of, pages, spans
from tests.docs.terminal import Terminal

END: Final = Block("", "", "")
DATA: Final = ("csv", "ndjson")
"""The languages of blocks that readers are to save as files."""
PROGRAMS: Final = ("curl ", "datastore ", "docker ", "just ", "pip ", "uv ")
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
WITH_COMMANDS: Final = [page for page in pages() if any(block.language == "bash" for block in blocks(page.read_text()))]


@contextmanager
def opened(database_url: str, data_folder: Path) -> Generator[Terminal]:
    with tempfile.TemporaryDirectory(prefix="datastore-docs-") as folder, Terminal(Path(folder), database_url) as one:
        copy(data_folder, Path(folder) / ".datastore")
        yield one


@pytest.fixture
def terminal(database_url: str, data_folder: Path) -> Generator[Terminal]:
    with opened(database_url, data_folder) as terminal:
        yield terminal


@pytest.fixture(scope="module")
def lasting_terminal(database_url: str, data_folder: Path) -> Generator[Terminal]:
    with opened(database_url, data_folder) as terminal:
        yield terminal


def without_times(value: object) -> object:
    match value:
        case dict():
            return {key: without_times(member) for key, member in cast("dict[str, Any]", value).items()}
        case list():
            return [without_times(item) for item in cast("list[Any]", value)]
        case str():
            return TIME.sub("TIME", value)
        case _:
            return value


def assert_answers(answer: httpx2.Response, shown: str) -> None:
    """The status and the headers that are shown are those of the answer, and the body is but for times and spaces."""
    head, _, body = shown.partition("\n\n")
    status, *headers = head.splitlines()
    assert status == f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}"
    for header in headers:
        name, _, value = header.partition(": ")
        assert answer.headers[name] == value
    assert_body(answer, body)


def assert_body(answer: httpx2.Response, shown: str) -> None:
    if shown:
        assert without_times(answer.json()) == without_times(json.loads(shown))
    else:
        assert answer.content == b""


def follow(block: Block, following: Block, terminal: Terminal) -> None:
    """Pastes a block, and compares what comes to the block below it, where that shows it."""
    for words in commands(block.text):
        terminal.run(words)
    if terminal.answer is not None:
        match following.language:
            case "http":
                assert_answers(terminal.answer, following.text)
            case "json":
                assert_body(terminal.answer, following.text)
            case _:
                assert terminal.answer.is_success, terminal.answer.text
    elif following.language == "text":
        assert following.text in terminal.output


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_its_blocks_do_what_it_says(page: Path, terminal: Terminal) -> None:
    for block, following in pairwise([*blocks(page.read_text(encoding="utf-8")), END]):
        if block.language == "bash":
            follow(block, following, terminal)
        elif block.language in DATA and block.title:
            terminal.write(block.title.removesuffix(" (new)"), block.text)


@pytest.mark.parametrize("page", [ROOT / "README.md", *(ROOT / "docs/tutorial").glob("*.md")], ids=name_of)
def test_the_commands_in_its_sentences_run(page: Path, terminal: Terminal) -> None:
    for span in spans(page.read_text(encoding="utf-8")):
        if span.startswith(PROGRAMS):
            for words in commands(span):
                terminal.run(words)


@pytest.mark.parametrize(
    ("block", "following"),
    [
        (Block("bash", "", "curl localhost:8080/nowhere"), END),
        (Block("bash", "", "curl --insecure localhost:8080/health/live"), END),
        (Block("bash", "", "curl localhost:8080/health/live"), Block("http", "", "HTTP/1.1 201 Created\n\n{}")),
        (Block("bash", "", "curl localhost:8080/health/live"), Block("json", "", '{"status": "ill"}')),
        (Block("bash", "", "uv run datastore servce"), END),
        (Block("bash", "", "uv run datastore config"), Block("text", "", "port: 1\n")),
        (Block("bash", "", "uv run just nothing"), END),
        (Block("bash", "", "docker run --privileged datastore"), END),
        (Block("bash", "", "docker run -e DATASTORE_PASSWORD=x datastore"), END),
        (Block("bash", "", "make"), END),
    ],
    ids=lambda block: block.text,
)
def test_finds_a_block_with_another_result(block: Block, following: Block, lasting_terminal: Terminal) -> None:
    with pytest.raises(AssertionError):
        follow(block, following, lasting_terminal)
