"""Create a sales order."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.sales_order_view import SalesOrderView
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.sales_orders.repository import SalesOrderRepository
from datastore_service.domain.sales_orders.sales_order import SalesOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSalesOrder(LockingCommand[SalesOrderView]):
    """Create a sales order."""

    customer: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CreateSalesOrderHandler:
    """Adds a new sales order."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    ids: IdGenerator

    async def handle(self, command: CreateSalesOrder) -> SalesOrderView:
        sales_order = SalesOrder.create(command.id or self.ids.new_id(), customer=command.customer, at=self.clock.now())
        async with self.unit_of_work() as work:
            await work.repository(SalesOrderRepository).add(sales_order)
            await work.commit()
        return SalesOrderView.of(sales_order)
