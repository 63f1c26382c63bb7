"""What docs/how-to/add-a-filter-operator.md says makes an operator of the language."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.checkouts import Checkout, checked_out, succeeded
from tests.docs.pages import DOCS
from tests.examples.pages import apply_diffs

pytestmark = pytest.mark.lengthy

PAGE = DOCS / "how-to/add-a-filter-operator.md"
TESTS = ("tests/contract/test_filters.py", "tests/integration/test_questions.py", "tests/api/test_snapshots.py")


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Generator[Checkout]:
    with checked_out(tmp_path_factory.mktemp("operator"), data_folder) as checkout:
        yield checkout


def test_its_changes_pass_the_gates_and_the_tests_that_it_names(checkout: Checkout) -> None:
    changed = apply_diffs(PAGE, checkout)

    succeeded(checkout.run("ruff", "check", "."))
    succeeded(checkout.run("ruff", "format", "--check", "."))
    succeeded(checkout.run("pyright", *changed))
    selected = "test_finds and postgresql or test_finds_what_the_filter_means or test_equals_what_is_served"
    status, output = checkout.test(*TESTS, "-k", selected)
    assert status == 1
    failed = [line.partition("[")[2] for line in output.splitlines() if line.startswith("FAILED")]
    assert [name.partition("]")[0] for name in failed] == ["openapi.json-openapi", "schema.graphql-sdl"]
