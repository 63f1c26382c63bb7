"""Sales orders in GraphQL."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.types.inputs import expectation
from datastore_service.api.graphql.types.pages import PageArguments
from datastore_service.api.graphql.types.relay import PageInfo, page_info_of
from datastore_service.api.graphql.types.scalars import Number
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.application.read.pagination import Cursor, Page
from datastore_service.application.read.queries.get_sales_order import GetSalesOrder
from datastore_service.application.read.queries.list_sales_orders import ListSalesOrders
from datastore_service.application.sales_order_view import SalesOrderView
from datastore_service.application.write.commands.change_sales_order import ChangeSalesOrder
from datastore_service.application.write.commands.create_sales_order import CreateSalesOrder
from datastore_service.domain.errors import DomainError
from datastore_service.domain.sales_orders.errors import SalesOrderNotFound

_ID: Final = "The id."
_CUSTOMER: Final = "Who buys: a text of 1 to 200 characters."
_PRODUCT: Final = "A text of 1 to 200 characters."
_QUANTITY: Final = "How many."
_UNIT_PRICE: Final = "What one costs, in the currency's smallest unit."
_VERSION: Final = "Refuse unless it is at this version (If-Match in REST)."
_INPUT: Final = strawberry.argument(description="What to do, and to what.")
_USER_ERRORS: Final = "Why the mutation was refused; empty if it was carried out."


@strawberry.type(description="A line of a sales order.")
class OrderLine:
    product: str = strawberry.field(description=_PRODUCT)
    quantity: int = strawberry.field(description=_QUANTITY)
    unit_price: int = strawberry.field(description=_UNIT_PRICE)


@strawberry.type(description="A sales order.")
class SalesOrder:
    id: UUID = strawberry.field(description=_ID)
    customer: str = strawberry.field(description=_CUSTOMER)
    lines: list[OrderLine] = strawberry.field(description="In the order in which they were added.")
    total: Number = strawberry.field(description="What the lines cost, in the currency's smallest unit.")
    placed_at: datetime | None = strawberry.field(description="When it was placed; null while it is open.")
    version: int = strawberry.field(description="Starts at 1 and grows by 1 with each change.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")

    @classmethod
    def of(cls, view: SalesOrderView) -> Self:
        return cls(
            id=view.id,
            customer=view.customer,
            lines=[
                OrderLine(product=line.product, quantity=line.quantity, unit_price=line.unit_price)
                for line in view.lines
            ],
            total=Number(view.total),
            placed_at=view.placed_at,
            version=view.version,
            created_at=view.created_at,
            updated_at=view.updated_at,
        )


@strawberry.type(description="A sales order in a list.")
class SalesOrderEdge:
    cursor: str = strawberry.field(description="For `after` and `before`.")
    node: SalesOrder = strawberry.field(description="The sales order.")


@strawberry.type(description="A page of sales orders.")
class SalesOrderConnection:
    edges: list[SalesOrderEdge] = strawberry.field(description="Them, with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @classmethod
    def of(cls, page: Page[SalesOrderView]) -> Self:
        edges = [SalesOrderEdge(cursor=str(Cursor(view.id)), node=SalesOrder.of(view)) for view in page.items]
        return cls(edges=edges, page_info=page_info_of(page, edges))


@strawberry.input(description="A sales order to create.")
class CreateSalesOrderInput:
    customer: str = strawberry.field(description=_CUSTOMER)
    id: UUID | None = strawberry.field(default=None, description=_ID)


@strawberry.input(description="What a sales order is to hold.")
class ChangeSalesOrderInput:
    id: UUID = strawberry.field(description=_ID)
    customer: str = strawberry.field(description=_CUSTOMER)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.type(description="The result of a mutation after which a sales order exists.")
class SalesOrderPayload:
    sales_order: SalesOrder | None = strawberry.field(
        default=None, description="As it is now; null where it was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type
class SalesOrderQueries:
    @strawberry.field(description=f"{GetSalesOrder.__doc__} Null where there is none.")
    async def sales_order(
        self, info: Info, id: Annotated[UUID, strawberry.argument(description=_ID)]
    ) -> SalesOrder | None:
        try:
            return SalesOrder.of(await info.context.mediator.send(GetSalesOrder(id=id)))
        except SalesOrderNotFound:
            return None

    @strawberry.field(description=ListSalesOrders.__doc__)
    async def sales_orders(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many, from the beginning.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="How many, from the end.")] = None,
        before: Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")] = None,
    ) -> SalesOrderConnection:
        asked = PageArguments(first, after, last, before)
        page = asked.request(info.context.limits)
        return SalesOrderConnection.of(asked.cut(await info.context.mediator.send(ListSalesOrders(page=page))))


@strawberry.type
class SalesOrderMutations:
    @strawberry.mutation(description=CreateSalesOrder.__doc__)
    async def create_sales_order(
        self, info: Info, input: Annotated[CreateSalesOrderInput, _INPUT]
    ) -> SalesOrderPayload | None:
        try:
            created = await info.context.mediator.send(CreateSalesOrder(id=input.id, customer=input.customer))
        except DomainError as error:
            return SalesOrderPayload(user_errors=[UserError.of(error)])
        return SalesOrderPayload(sales_order=SalesOrder.of(created))

    @strawberry.mutation(description=ChangeSalesOrder.__doc__)
    async def change_sales_order(
        self, info: Info, input: Annotated[ChangeSalesOrderInput, _INPUT]
    ) -> SalesOrderPayload | None:
        command = ChangeSalesOrder(
            id=input.id, customer=input.customer, precondition=expectation(input.expected_version)
        )
        try:
            changed = await info.context.mediator.send(command)
        except DomainError as error:
            return SalesOrderPayload(user_errors=[UserError.of(error)])
        return SalesOrderPayload(sales_order=SalesOrder.of(changed))
