"""What docs/how-to/add-a-field.md says adds a member to records, in no more files than its decision allows."""

from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from tests.checkouts import Checkout, checked_out, succeeded
from tests.docs.pages import DOCS
from tests.examples.pages import add_files, apply_diffs

pytestmark = pytest.mark.lengthy

PAGE: Final = DOCS / "how-to/add-a-field.md"
TESTS: Final = (
    "tests/architecture/test_members.py",
    "tests/contract/test_labels.py",
    "tests/integration/test_migrations.py",
    "tests/integration/test_read_side.py::test_the_views_have_the_columns_that_readers_name",
)
MOST_FILES: Final = 12
"""Of the source, as adr/0088 promises."""


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Generator[Checkout]:
    with checked_out(tmp_path_factory.mktemp("field"), data_folder) as checkout:
        yield checkout


def test_its_changes_pass_the_gates_and_the_tests_that_it_names(checkout: Checkout) -> None:
    changed = [*apply_diffs(PAGE, checkout), *add_files(PAGE, checkout)]

    assert len([path for path in changed if not path.startswith("tests/")]) <= MOST_FILES
    succeeded(checkout.run("ruff", "check", "."))
    succeeded(checkout.run("ruff", "format", "--check", "."))
    succeeded(checkout.run("pyright", *changed))
    succeeded(checkout.test(*TESTS))
