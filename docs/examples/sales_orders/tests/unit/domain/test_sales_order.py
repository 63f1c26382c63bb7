"""The rules of sales orders."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from datastore_service.domain.errors import InvalidValue, PreconditionFailed
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.sales_orders.errors import SalesOrderEmpty, SalesOrderPlaced
from datastore_service.domain.sales_orders.sales_order import (
    MAX_LINES,
    MAX_NAME_LENGTH,
    MAX_QUANTITY,
    MAX_UNIT_PRICE,
    OrderLine,
    SalesOrder,
)

NOW, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
TEA = OrderLine(product="tea", quantity=2, unit_price=450)
MILK = OrderLine(product="milk", quantity=1, unit_price=120)


def new_sales_order(*lines: OrderLine) -> SalesOrder:
    sales_order = SalesOrder.create(UUID(int=1), customer="Ada", at=NOW)
    for line in lines:
        sales_order.add_line(line, precondition=ANY_STATE, at=NOW)
    return sales_order


def test_lines_add_up_in_the_order_in_which_they_came() -> None:
    sales_order = new_sales_order(TEA, MILK)

    assert (sales_order.lines, sales_order.total, sales_order.version) == ((TEA, MILK), 1020, 3)


def test_a_change_makes_a_new_version() -> None:
    sales_order = new_sales_order()

    sales_order.change(customer="Bob", precondition=Precondition(match=frozenset({1})), at=LATER)

    assert (sales_order.customer, sales_order.version, sales_order.updated_at) == ("Bob", 2, LATER)
    assert sales_order.created_at == NOW


def test_nothing_changes_once_it_is_placed() -> None:
    sales_order = new_sales_order(TEA)
    sales_order.place(precondition=ANY_STATE, at=LATER)

    with pytest.raises(SalesOrderPlaced):
        sales_order.add_line(MILK, precondition=ANY_STATE, at=LATER)
    with pytest.raises(SalesOrderPlaced):
        sales_order.change(customer="Bob", precondition=ANY_STATE, at=LATER)
    with pytest.raises(SalesOrderPlaced):
        sales_order.place(precondition=ANY_STATE, at=LATER)

    assert (sales_order.placed_at, sales_order.version, sales_order.lines) == (LATER, 3, (TEA,))


def test_an_empty_one_is_not_placed() -> None:
    with pytest.raises(SalesOrderEmpty):
        new_sales_order().place(precondition=ANY_STATE, at=LATER)


def test_rejects_a_stale_version() -> None:
    stale = Precondition(match=frozenset({2}))

    with pytest.raises(PreconditionFailed):
        new_sales_order().change(customer="Bob", precondition=stale, at=LATER)
    with pytest.raises(PreconditionFailed):
        new_sales_order().add_line(TEA, precondition=stale, at=LATER)


@pytest.mark.parametrize("customer", ["", "x" * (MAX_NAME_LENGTH + 1), "\x00"])
def test_rejects_a_customer_that_is_none(customer: str) -> None:
    with pytest.raises(InvalidValue):
        new_sales_order().change(customer=customer, precondition=ANY_STATE, at=LATER)


@pytest.mark.parametrize(
    ("product", "quantity", "unit_price", "pointer"),
    [
        ("", 1, 1, "/product"),
        ("tea", 0, 1, "/quantity"),
        ("tea", MAX_QUANTITY + 1, 1, "/quantity"),
        ("tea", 1, -1, "/unit_price"),
        ("tea", 1, MAX_UNIT_PRICE + 1, "/unit_price"),
    ],
)
def test_rejects_a_line_that_is_none(product: str, quantity: int, unit_price: int, pointer: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        OrderLine(product=product, quantity=quantity, unit_price=unit_price)

    assert refusal.value.pointer == pointer


def test_has_so_many_lines_and_no_more() -> None:
    sales_order = new_sales_order(*[MILK] * MAX_LINES)

    with pytest.raises(InvalidValue):
        sales_order.add_line(TEA, precondition=ANY_STATE, at=LATER)
