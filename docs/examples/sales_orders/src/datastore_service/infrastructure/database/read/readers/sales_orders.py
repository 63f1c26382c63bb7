"""Sales orders from their view."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.sales_order_view import SalesOrderView
from datastore_service.domain.sales_orders.errors import SalesOrderNotFound
from datastore_service.domain.sales_orders.sales_order import OrderLine
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.read.readers.pages import read_page, read_rows
from datastore_service.infrastructure.database.schema.views import sales_order_view


@dataclass(frozen=True, slots=True)
class SqlSalesOrderReader:
    """Reads `sales_order_view` through the read pool."""

    engine: ReadPool

    async def get(self, sales_order_id: UUID, /) -> SalesOrderView:
        rows = await read_rows(self.engine, select(sales_order_view).where(sales_order_view.c.id == sales_order_id))
        if not rows:
            raise SalesOrderNotFound(sales_order_id)
        return _view(rows[0])

    async def page(self, request: PageRequest, /) -> Page[SalesOrderView]:
        rows, behind = await read_page(self.engine, select(sales_order_view), sales_order_view.c.id, request)
        return Page[SalesOrderView].of([_view(row) for row in rows], request, behind=behind)


def _view(row: Any) -> SalesOrderView:  # noqa: ANN401 - a row of the view
    return SalesOrderView(
        id=row.id,
        customer=row.customer,
        lines=tuple(OrderLine(**line) for line in orjson.loads(row.lines)),
        total=row.total,
        placed_at=row.placed_at,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
