"""Sales orders over REST."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from datastore_service.api.http.dependencies import Expected, Preferred, Send, page_size
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.preconditions import etag
from datastore_service.api.http.preferences import Preferences
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.schemas import PageQuery
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.application.read.queries.get_sales_order import GetSalesOrder
from datastore_service.application.read.queries.list_sales_orders import ListSalesOrders
from datastore_service.application.sales_order_view import SalesOrderView
from datastore_service.application.times import timestamp
from datastore_service.application.write.commands.change_sales_order import ChangeSalesOrder
from datastore_service.application.write.commands.create_sales_order import CreateSalesOrder
from datastore_service.domain.sales_orders.sales_order import MAX_NAME_LENGTH, MAX_QUANTITY, MAX_UNIT_PRICE

router = APIRouter(prefix="/sales_orders", tags=["sales_orders"], route_class=JsonRoute)

SalesOrderId = Annotated[UUID, Path(description="The id.")]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH, json_schema_extra={"pattern": r"^[^\u0000]*$"})]


class SalesOrderContent(BaseModel):
    """What a sales order is to hold."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer": "Ada"}]})

    customer: Name


class NewSalesOrder(SalesOrderContent):
    """A sales order to create."""

    id: UUID | None = None


class OrderLineBody(BaseModel):
    """So many of a product, at a price each in the currency's smallest unit."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"product": "tea", "quantity": 2, "unit_price": 450}]}
    )

    product: Name
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
    unit_price: Annotated[int, Field(ge=0, le=MAX_UNIT_PRICE)]


class SalesOrderBody(BaseModel):
    """A sales order."""

    id: UUID
    customer: str
    lines: list[OrderLineBody]
    total: Annotated[int, Field(description="What the lines cost, in the currency's smallest unit.")]
    placed_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class SalesOrderPage(BaseModel):
    """A part of a list of sales orders."""

    items: list[SalesOrderBody]
    next_cursor: Annotated[str | None, Field(description="Ask for the next page with `cursor`; null on the last one.")]


@router.post(
    "",
    status_code=201,
    description=CreateSalesOrder.__doc__,
    responses=answers({201: SalesOrderBody}, ["Location", "ETag"], ["sales_order_exists"], body=True, writes=True),
)
async def create_sales_order(body: NewSalesOrder, mediator: Send, preferred: Preferred) -> Response:
    sales_order = await mediator.send(CreateSalesOrder(id=body.id, customer=body.customer))
    return written_sales_order_response(sales_order, preferred, created=True)


@router.get("", description=ListSalesOrders.__doc__, responses=answers({200: SalesOrderPage}, [], ["invalid_cursor"]))
async def list_sales_orders(query: Annotated[PageQuery, Query()], mediator: Send, request: Request) -> Response:
    limit = page_size(query.limit, request.app.state.settings.limits, "limit")
    after = None if query.cursor is None else Cursor.parse(query.cursor, "cursor")
    page = await mediator.send(ListSalesOrders(page=PageRequest(limit=limit, after=after)))
    cursor = str(Cursor(page.items[-1].id)) if page.has_next else None
    body = {"items": [sales_order_members(each) for each in page.items], "next_cursor": cursor}
    return Response(orjson.dumps(body), media_type=JSON)


@router.get(
    "/{sales_order_id}",
    description=GetSalesOrder.__doc__,
    responses=answers({200: SalesOrderBody}, ["ETag"], ["sales_order_not_found", "precondition_failed"]),
)
async def get_sales_order(sales_order_id: SalesOrderId, mediator: Send, expected: Expected) -> Response:
    sales_order = await mediator.send(GetSalesOrder(id=sales_order_id))
    expected.check_match("Sales order", sales_order_id, sales_order.version)
    return sales_order_response(sales_order)


@router.put(
    "/{sales_order_id}",
    description=ChangeSalesOrder.__doc__,
    responses=answers(
        {200: SalesOrderBody, 204: None},
        ["ETag"],
        ["sales_order_not_found", "sales_order_placed", "precondition_failed"],
        body=True,
        writes=True,
    ),
)
async def change_sales_order(
    sales_order_id: SalesOrderId, body: SalesOrderContent, mediator: Send, expected: Expected, preferred: Preferred
) -> Response:
    command = ChangeSalesOrder(id=sales_order_id, customer=body.customer, precondition=expected)
    return written_sales_order_response(await mediator.send(command), preferred)


def sales_order_response(
    sales_order: SalesOrderView, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Answers with the whole order and its ETag."""
    return Response(
        orjson.dumps(sales_order_members(sales_order)),
        status,
        {"ETag": etag(sales_order.version)} | (headers or {}),
        JSON,
    )


def written_sales_order_response(
    sales_order: SalesOrderView, preferred: Preferences, *, created: bool = False
) -> Response:
    """Answers a write with the order as it is now, or with no more than its ETag if the client prefers that."""
    headers = {"Location": f"/sales_orders/{sales_order.id}"} if created else {}
    if preferred.minimal:
        return Response(status_code=201 if created else 204, headers={"ETag": etag(sales_order.version)} | headers)
    return sales_order_response(sales_order, 201 if created else 200, headers)


def sales_order_members(sales_order: SalesOrderView) -> dict[str, object]:
    return {
        "id": str(sales_order.id),
        "customer": sales_order.customer,
        "lines": [
            {"product": line.product, "quantity": line.quantity, "unit_price": line.unit_price}
            for line in sales_order.lines
        ],
        "total": sales_order.total,
        "placed_at": sales_order.placed_at and timestamp(sales_order.placed_at),
        "version": sales_order.version,
        "created_at": timestamp(sales_order.created_at),
        "updated_at": timestamp(sales_order.updated_at),
    }
