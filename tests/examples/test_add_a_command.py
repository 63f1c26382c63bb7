"""What docs/how-to/add-a-command.md says makes a command whose tests pass."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.checkouts import Checkout, checked_out, succeeded
from tests.docs.pages import DOCS
from tests.examples.pages import apply_diffs

pytestmark = pytest.mark.lengthy

PAGE = DOCS / "how-to/add-a-command.md"
TESTS = ("tests/contract/test_touch_record.py", "tests/unit/domain/test_record.py", "tests/architecture")


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Generator[Checkout]:
    with checked_out(tmp_path_factory.mktemp("command"), data_folder) as checkout:
        yield checkout


def test_its_changes_pass_the_gates_and_the_tests_that_it_names(checkout: Checkout) -> None:
    succeeded(checkout.generate("command", "touch_record", "records"))
    changed = apply_diffs(PAGE, checkout)

    succeeded(checkout.run("ruff", "check", "."))
    succeeded(checkout.run("ruff", "format", "--check", "."))
    succeeded(checkout.run("pyright", *changed))
    succeeded(checkout.test(*TESTS))
