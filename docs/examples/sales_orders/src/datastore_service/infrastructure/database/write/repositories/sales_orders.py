"""Sales orders in their tables."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.domain.sales_orders.errors import SalesOrderExists
from datastore_service.domain.sales_orders.sales_order import OrderLine, SalesOrder
from datastore_service.infrastructure.database.schema.models import OrderLineRow, SalesOrderRow
from datastore_service.infrastructure.database.write.unique_rules import refused_by

_sales_orders = SalesOrderRow.__table__
_order_lines = OrderLineRow.__table__


class SqlSalesOrderRepository:
    """The sales orders as one transaction sees them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, sales_order_id: UUID, /) -> SalesOrder | None:
        query = select(_sales_orders).where(_sales_orders.c.id == sales_order_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        lines = select(_order_lines).where(_order_lines.c.sales_order_id == sales_order_id)
        return SalesOrder(
            id=row.id,
            customer=row.customer,
            lines=tuple(
                OrderLine(product=line.product, quantity=line.quantity, unit_price=line.unit_price)
                for line in await self._connection.execute(lines.order_by(_order_lines.c.position))
            ),
            placed_at=row.placed_at,
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    async def add(self, sales_order: SalesOrder, /) -> None:
        new = insert(_sales_orders).values(
            id=sales_order.id,
            customer=sales_order.customer,
            placed_at=sales_order.placed_at,
            version=sales_order.version,
            created_at=sales_order.created_at,
            updated_at=sales_order.updated_at,
        )
        with refused_by({"sales_orders_pkey": SalesOrderExists(sales_order.id)}):
            await self._connection.execute(new)
        await self._add_lines(sales_order)

    async def save(self, sales_order: SalesOrder, /) -> None:
        await self._connection.execute(
            update(_sales_orders)
            .where(_sales_orders.c.id == sales_order.id)
            .values(
                customer=sales_order.customer,
                placed_at=sales_order.placed_at,
                version=sales_order.version,
                updated_at=sales_order.updated_at,
            )
        )
        await self._add_lines(sales_order)

    async def _add_lines(self, sales_order: SalesOrder) -> None:
        rows = [
            {
                "sales_order_id": sales_order.id,
                "position": position,
                "product": line.product,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
            }
            for position, line in enumerate(sales_order.lines)
        ]
        if rows:
            # Lines are added and never changed: those that are there already are as they should be.
            await self._connection.execute(insert(_order_lines).on_conflict_do_nothing(), rows)
