"""Sales orders, as commands and queries show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from datastore_service.domain.sales_orders.sales_order import OrderLine, SalesOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrderView:
    """A sales order at one version; times are in UTC, prices in the currency's smallest unit."""

    id: UUID
    customer: str
    lines: tuple[OrderLine, ...]
    total: int
    placed_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, sales_order: SalesOrder) -> Self:
        """Shows the aggregate as it is now."""
        return cls(
            id=sales_order.id,
            customer=sales_order.customer,
            lines=sales_order.lines,
            total=sales_order.total,
            placed_at=sales_order.placed_at,
            version=sales_order.version,
            created_at=sales_order.created_at,
            updated_at=sales_order.updated_at,
        )
