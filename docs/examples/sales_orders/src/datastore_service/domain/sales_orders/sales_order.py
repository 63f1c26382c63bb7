"""The sales order aggregate: what may happen to a sales order and its lines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import check_storable
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.sales_orders.errors import SalesOrderEmpty, SalesOrderPlaced

MAX_NAME_LENGTH: Final = 200
MAX_LINES: Final = 1000
MAX_QUANTITY: Final = 1_000_000
MAX_UNIT_PRICE: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """So many of a product, at a price each; prices are in the currency's smallest unit."""

    product: str
    quantity: int
    unit_price: int

    def __post_init__(self) -> None:
        """Checks the rules.

        Raises:
            InvalidValue: One of the values breaks its rule.
        """
        _check_name(self.product, "product")
        if not 1 <= self.quantity <= MAX_QUANTITY:
            raise InvalidValue("/quantity", f"A quantity is between 1 and {MAX_QUANTITY}.")
        if not 0 <= self.unit_price <= MAX_UNIT_PRICE:
            raise InvalidValue("/unit_price", f"A price is between 0 and {MAX_UNIT_PRICE}.")

    @property
    def amount(self) -> int:
        """What the line costs."""
        return self.quantity * self.unit_price


@dataclass(slots=True, kw_only=True)
class SalesOrder:
    """What a customer wants to buy: lines are added to it until it is placed, and nothing changes after that.

    Attributes:
        customer: Who buys.
        lines: In the order in which they were added.
        placed_at: When it was placed; None while it is open.
        version: Starts at 1 and grows by 1 with each change.
    """

    id: UUID
    customer: str
    lines: tuple[OrderLine, ...]
    placed_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def create(cls, sales_order_id: UUID, *, customer: str, at: datetime) -> Self:
        """Makes the first version, which has no lines.

        Raises:
            InvalidValue: The customer breaks a rule.
        """
        _check_name(customer, "customer")
        return cls(
            id=sales_order_id, customer=customer, lines=(), placed_at=None, version=1, created_at=at, updated_at=at
        )

    @property
    def total(self) -> int:
        """What the lines cost together."""
        return sum(line.amount for line in self.lines)

    def change(self, *, customer: str, precondition: Precondition, at: datetime) -> None:
        """Sets the customer.

        Raises:
            PreconditionFailed: It is in another state.
            SalesOrderPlaced: It is too late.
            InvalidValue: The customer breaks a rule.
        """
        self._expect_open(precondition)
        _check_name(customer, "customer")
        self.customer = customer
        self._changed(at)

    def add_line(self, line: OrderLine, *, precondition: Precondition, at: datetime) -> None:
        """Adds a line at the end.

        Raises:
            PreconditionFailed: It is in another state.
            SalesOrderPlaced: It is too late.
            InvalidValue: It has as many lines as it may have.
        """
        self._expect_open(precondition)
        if len(self.lines) == MAX_LINES:
            raise InvalidValue("", f"A sales order has at most {MAX_LINES} lines.")
        self.lines += (line,)
        self._changed(at)

    def place(self, *, precondition: Precondition, at: datetime) -> None:
        """Ends the time of changes.

        Raises:
            PreconditionFailed: It is in another state.
            SalesOrderPlaced: It has been placed already.
            SalesOrderEmpty: It has no lines.
        """
        self._expect_open(precondition)
        if not self.lines:
            raise SalesOrderEmpty(self.id)
        self.placed_at = at
        self._changed(at)

    def _expect_open(self, precondition: Precondition) -> None:
        precondition.check("Sales order", self.id, self.version)
        if self.placed_at is not None:
            raise SalesOrderPlaced(self.id)

    def _changed(self, at: datetime) -> None:
        self.version += 1
        self.updated_at = at


def _check_name(name: str, member: str) -> None:
    check_storable(name, f"/{member}")
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidValue(f"/{member}", f"A {member} is a text of 1 to {MAX_NAME_LENGTH} characters.")
