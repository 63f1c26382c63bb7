"""Add order line, over REST."""

from fastapi import APIRouter, Response

from datastore_service.api.http.dependencies import Expected, Preferred, Send
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.api.routes.sales_orders import (
    OrderLineBody,
    SalesOrderBody,
    SalesOrderId,
    written_sales_order_response,
)
from datastore_service.application.write.commands.add_order_line import AddOrderLine
from datastore_service.domain.sales_orders.sales_order import OrderLine

router = APIRouter(prefix="/sales_orders", tags=["sales_orders"], route_class=JsonRoute)


@router.post(
    "/{sales_order_id}/add-order-line",
    description=AddOrderLine.__doc__,
    responses=answers(
        {200: SalesOrderBody, 204: None},
        ["ETag"],
        ["sales_order_not_found", "sales_order_placed", "precondition_failed"],
        body=True,
        writes=True,
    ),
)
async def add_order_line(
    sales_order_id: SalesOrderId, body: OrderLineBody, mediator: Send, expected: Expected, preferred: Preferred
) -> Response:
    line = OrderLine(product=body.product, quantity=body.quantity, unit_price=body.unit_price)
    sales_order = await mediator.send(AddOrderLine(id=sales_order_id, line=line, precondition=expected))
    return written_sales_order_response(sales_order, preferred)
