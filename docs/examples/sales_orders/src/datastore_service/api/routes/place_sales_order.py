"""Place sales order, over REST."""

from fastapi import APIRouter, Response

from datastore_service.api.http.dependencies import Expected, Preferred, Send
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.api.routes.sales_orders import SalesOrderBody, SalesOrderId, written_sales_order_response
from datastore_service.application.write.commands.place_sales_order import PlaceSalesOrder

router = APIRouter(prefix="/sales_orders", tags=["sales_orders"], route_class=JsonRoute)


@router.post(
    "/{sales_order_id}/place",
    description=PlaceSalesOrder.__doc__,
    responses=answers(
        {200: SalesOrderBody, 204: None},
        ["ETag"],
        ["sales_order_not_found", "sales_order_placed", "sales_order_empty", "precondition_failed"],
        writes=True,
    ),
)
async def place_sales_order(
    sales_order_id: SalesOrderId, mediator: Send, expected: Expected, preferred: Preferred
) -> Response:
    sales_order = await mediator.send(PlaceSalesOrder(id=sales_order_id, precondition=expected))
    return written_sales_order_response(sales_order, preferred)
