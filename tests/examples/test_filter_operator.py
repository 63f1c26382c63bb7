"""What docs/how-to/add-a-filter-operator.md says makes an operator of the language."""

from collections.abc import Generator, Iterator

import pytest

from tests.checkouts import Checkout, checked_out, succeeded
from tests.docs.pages import DOCS, Block, blocks

PAGE = DOCS / "how-to/add-a-filter-operator.md"
TESTS = ("tests/contract/test_filters.py", "tests/integration/test_questions.py", "tests/api/test_snapshots.py")


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Generator[Checkout]:
    with checked_out(tmp_path_factory.mktemp("operator")) as checkout:
        yield checkout


def changes(block: Block) -> Iterator[tuple[str, str]]:
    """Returns what each change in the block takes away, and what it puts in its place."""
    for hunk in block.text.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        yield (
            "".join(line[1:] or line for line in lines if not line.startswith("+")),
            "".join(line[1:] or line for line in lines if not line.startswith("-")),
        )


def test_its_changes_pass_the_gates_and_the_tests_that_it_names(checkout: Checkout) -> None:
    diffs = [block for block in blocks(PAGE.read_text("utf-8")) if block.language == "diff"]
    for block in diffs:
        for old, new in changes(block):
            checkout.replace(block.title, old, new)

    succeeded(checkout.run("ruff", "check", "."))
    succeeded(checkout.run("ruff", "format", "--check", "."))
    succeeded(checkout.run("pyright", *(block.title for block in diffs)))
    selected = "test_finds and postgresql or test_finds_what_the_filter_means or test_equals_what_is_served"
    status, output = checkout.test(*TESTS, "-k", selected)
    assert status == 1
    failed = [line.partition("[")[2] for line in output.splitlines() if line.startswith("FAILED")]
    assert [name.partition("]")[0] for name in failed] == ["openapi.json-openapi", "schema.graphql-sdl"]
