"""Place a sales order, after which nothing changes it."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.sales_order_view import SalesOrderView
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.sales_orders.errors import SalesOrderNotFound
from datastore_service.domain.sales_orders.repository import SalesOrderRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSalesOrder(LockingCommand[SalesOrderView]):
    """Place a sales order, after which nothing changes it."""

    id: UUID
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class PlaceSalesOrderHandler:
    """Places it."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock

    async def handle(self, command: PlaceSalesOrder) -> SalesOrderView:
        async with self.unit_of_work() as work:
            repository = work.repository(SalesOrderRepository)
            sales_order = await repository.get(command.id)
            if sales_order is None:
                raise SalesOrderNotFound(command.id)
            sales_order.place(precondition=command.precondition, at=self.clock.now())
            await repository.save(sales_order)
            await work.commit()
        return SalesOrderView.of(sales_order)
