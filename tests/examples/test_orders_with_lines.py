"""What docs/how-to/aggregate-with-lines.md says makes an aggregate whose tests pass."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.checkouts import Checkout, checked_out, succeeded
from tests.docs.pages import DOCS
from tests.examples.pages import apply_diffs

pytestmark = pytest.mark.lengthy

PAGE = DOCS / "how-to/aggregate-with-lines.md"
FILES = DOCS / "examples/sales_orders"


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Generator[Checkout]:
    with checked_out(tmp_path_factory.mktemp("orders"), data_folder) as checkout:
        yield checkout


def test_its_changes_pass_the_gates_and_their_tests(checkout: Checkout) -> None:
    succeeded(checkout.generate("aggregate", "sales_order"))
    succeeded(checkout.generate("command", "add_order_line", "sales_orders"))
    succeeded(checkout.generate("command", "place_sales_order", "sales_orders"))
    files = [path.relative_to(FILES).as_posix() for path in FILES.rglob("*.py")]
    for path in files:
        assert (checkout.folder / path).exists(), f"{path} takes the place of nothing that was generated"
        shutil.copy(FILES / path, checkout.folder / path)
    apply_diffs(PAGE, checkout)

    succeeded(checkout.run("ruff", "check", "."))
    succeeded(checkout.run("ruff", "format", "--check", "."))
    succeeded(checkout.run("pyright", *checkout.changed()))
    tests = [path for path in files if path.startswith("tests/")]
    succeeded(checkout.test(*tests, "tests/integration/test_migrations.py", "tests/architecture"))
