"""Place sales order, over GraphQL."""

from typing import Annotated
from uuid import UUID

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.resolvers.sales_orders import SalesOrder, SalesOrderPayload
from datastore_service.api.graphql.types.inputs import expectation
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.application.write.commands.place_sales_order import PlaceSalesOrder
from datastore_service.domain.errors import DomainError


@strawberry.input(description="What to do, and to what.")
class PlaceSalesOrderInput:
    id: UUID = strawberry.field(description="The id.")
    expected_version: int | None = strawberry.field(default=None, description="Refuse unless it is at this version.")


@strawberry.type
class PlaceSalesOrderMutation:
    @strawberry.mutation(description=PlaceSalesOrder.__doc__)
    async def place_sales_order(
        self,
        info: Info,
        input: Annotated[PlaceSalesOrderInput, strawberry.argument(description="What to do, and to what.")],
    ) -> SalesOrderPayload | None:
        command = PlaceSalesOrder(id=input.id, precondition=expectation(input.expected_version))
        try:
            sales_order = await info.context.mediator.send(command)
        except DomainError as error:
            return SalesOrderPayload(user_errors=[UserError.of(error)])
        return SalesOrderPayload(sales_order=SalesOrder.of(sales_order))
