"""What `just new-aggregate`, `new-command` and `new-query` write passes the gates once its marks are filled in."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.checkouts import Checkout, checked_out, succeeded

pytestmark = pytest.mark.lengthy

OF_AGGREGATE = (
    "tests/unit/domain/test_purchase_order.py",
    "tests/contract/test_purchase_orders.py",
    "tests/api/test_purchase_orders.py",
)
OF_USE_CASES = tuple(
    f"tests/contract/test_{name}.py"
    for name in ("close_purchase_order", "touch_record", "summarize_record", "recent_records", "open_purchase_orders")
)
NOTHING_LEFT = "tests/architecture/test_nothing_left_to_fill_in.py"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Generator[Checkout]:
    with checked_out(tmp_path_factory.mktemp("generated"), data_folder) as checkout:
        yield checkout


def test_what_is_generated_passes_the_gates_once_it_is_filled_in(checkout: Checkout) -> None:
    succeeded(checkout.generate("aggregate", "purchase_order"))
    succeeded(checkout.generate("command", "close_purchase_order", "purchase_orders"))
    succeeded(checkout.generate("command", "touch_record", "records"))
    succeeded(checkout.generate("query", "recent_records", "records", "--list"))
    succeeded(checkout.generate("query", "open_purchase_orders", "purchase_orders", "--list"))
    written = succeeded(checkout.generate("query", "summarize_record", "records"))
    assert "src/datastore_service/application/read/queries/summarize_record.py" in written

    succeeded(checkout.run("ruff", "check", "."))
    succeeded(checkout.run("ruff", "format", "--check", "."))
    succeeded(checkout.run("pyright", *checkout.changed()))
    status, output = checkout.test(*OF_AGGREGATE, "tests/integration/test_migrations.py", *OF_USE_CASES, NOTHING_LEFT)
    assert status != 0
    failed = {
        line.split()[1].partition("::")[0] for line in output.splitlines() if line.startswith(("FAILED", "ERROR"))
    }
    assert failed <= {*OF_USE_CASES, NOTHING_LEFT}, output
    assert "FILL IN: the aggregate makes a new version" in output
    assert "FILL IN: say here what the query answers" in output
    assert "FILL IN: say here which are listed" in output
    assert "close_purchase_order.py:" in output

    generated = checkout.contents()
    fill_in(checkout)

    succeeded(checkout.run("ruff", "check", "."))
    succeeded(checkout.run("pyright", *checkout.changed(since=generated)))
    tests = (*OF_AGGREGATE, *OF_USE_CASES, "tests/architecture", "tests/api/test_graphql_sdl.py")
    succeeded(checkout.test(*tests))


def fill_in(checkout: Checkout) -> None:
    source = "src/datastore_service"
    aggregate = f"{source}/domain/purchase_orders/purchase_order.py"
    checkout.replace(aggregate, "FILL IN: what a purchase order is, in one sentence.", "Goods to be delivered.")
    checkout.replace(
        aggregate,
        "FILL IN: replace it by what a purchase order holds, wherever it is named.",
        "What it is called.",
    )
    commands = f"{source}/application/write/commands"
    for name in ("close_purchase_order", "touch_record"):
        checkout.replace(
            f"{commands}/{name}.py",
            '    """FILL IN: the policy that is worth a reason, or no docstring at all."""\n',
            '    """Makes a new version."""\n',
        )
        checkout.replace(
            f"tests/contract/test_{name}.py",
            ', "FILL IN: the aggregate makes a new version; then say here of what."',
            "",
        )
    checkout.replace(
        f"{commands}/touch_record.py",
        "            # FILL IN: let the aggregate decide, by a method of its own that takes at=self.clock.now().\n"
        '            command.precondition.check("Record", command.id, record.version)\n',
        "            record.expect(command.precondition)\n"
        "            record.replace(record.content, at=self.clock.now())\n",
    )
    checkout.replace(
        f"{commands}/close_purchase_order.py",
        "            # FILL IN: let the aggregate decide, by a method of its own that takes at=self.clock.now().\n"
        '            command.precondition.check("Purchase order", command.id, purchase_order.version)\n',
        '            purchase_order.change(title="closed", precondition=command.precondition, at=self.clock.now())\n',
    )
    query = f"{source}/application/read/queries/summarize_record.py"
    checkout.replace(
        query,
        "FILL IN: a method of the reader that reads just what this needs, with its fake; as it is, the whole.",
        "Reads the whole.",
    )
    checkout.replace(
        "tests/contract/test_summarize_record.py",
        'answer != created, "FILL IN: say here what the query answers; as it is, the whole."',
        "answer == created",
    )
    for name, reason in (
        ("recent_records", "which records these are, as members of the criteria or a method of the reader"),
        ("open_purchase_orders", "a method of the reader that finds just these, with its fake"),
    ):
        every = "all of them" if name == "recent_records" else "all purchase orders"
        query = f"{source}/application/read/queries/{name}.py"
        checkout.replace(query, f"FILL IN: {reason}; as it is, {every}.", "Lists all.")
        checkout.replace(
            f"tests/contract/test_{name}.py",
            'created not in page.items, "FILL IN: say here which are listed and which are not; as it is, all are."',
            "created in page.items",
        )
    for door in ("routes", "graphql/resolvers"):
        place = checkout.folder / f"{source}/api/{door}/summarize_record.py"
        lines = [line for line in place.read_text("utf-8").splitlines() if "FILL IN" not in line]
        place.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ((), "usage:"),
        (("aggregate", "Purchase Order"), "is no name"),
        (("aggregate", "record"), "is there already"),
        (("command", "archive_thing", "things"), "There is no aggregate 'things'"),
        (("command", "create_record", "records"), "is there already"),
        (("command", "archive", "records"), "is no command: a verb and a noun, such as archive_record"),
        (("query", "recent_records", "records", "--all"), "usage:"),
    ],
)
def test_says_what_it_cannot_make_and_leaves_nothing(checkout: Checkout, words: tuple[str, ...], part: str) -> None:
    before = sorted(path for path in checkout.folder.rglob("*.py") if ".venv" not in path.parts)

    status, output = checkout.generate(*words)

    assert status != 0
    assert part in output
    assert sorted(path for path in checkout.folder.rglob("*.py") if ".venv" not in path.parts) == before
