"""Add order line, over GraphQL."""

from typing import Annotated
from uuid import UUID

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.resolvers.sales_orders import SalesOrder, SalesOrderPayload
from datastore_service.api.graphql.types.inputs import expectation
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.application.write.commands.add_order_line import AddOrderLine
from datastore_service.domain.errors import DomainError
from datastore_service.domain.sales_orders.sales_order import OrderLine


@strawberry.input(description="What to do, and to what.")
class AddOrderLineInput:
    id: UUID = strawberry.field(description="The id.")
    product: str = strawberry.field(description="A text of 1 to 200 characters.")
    quantity: int = strawberry.field(description="How many.")
    unit_price: int = strawberry.field(description="What one costs, in the currency's smallest unit.")
    expected_version: int | None = strawberry.field(default=None, description="Refuse unless it is at this version.")


@strawberry.type
class AddOrderLineMutation:
    @strawberry.mutation(description=AddOrderLine.__doc__)
    async def add_order_line(
        self,
        info: Info,
        input: Annotated[AddOrderLineInput, strawberry.argument(description="What to do, and to what.")],
    ) -> SalesOrderPayload | None:
        try:
            line = OrderLine(product=input.product, quantity=input.quantity, unit_price=input.unit_price)
            command = AddOrderLine(id=input.id, line=line, precondition=expectation(input.expected_version))
            sales_order = await info.context.mediator.send(command)
        except DomainError as error:
            return SalesOrderPayload(user_errors=[UserError.of(error)])
        return SalesOrderPayload(sales_order=SalesOrder.of(sales_order))
