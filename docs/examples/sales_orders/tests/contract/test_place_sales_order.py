"""Place a sales order: on the fakes, on PostgreSQL, and through both doors."""

from uuid import UUID

import httpx2
import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.read.queries.get_sales_order import GetSalesOrder
from datastore_service.application.write.commands.add_order_line import AddOrderLine
from datastore_service.application.write.commands.create_sales_order import CreateSalesOrder
from datastore_service.application.write.commands.place_sales_order import PlaceSalesOrder
from datastore_service.domain.errors import PreconditionFailed
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.sales_orders.errors import SalesOrderEmpty, SalesOrderNotFound
from datastore_service.domain.sales_orders.sales_order import OrderLine

TEA = OrderLine(product="tea", quantity=2, unit_price=450)
MUTATION = """
mutation ($input: PlaceSalesOrderInput!) {
  placeSalesOrder(input: $input) { salesOrder { version } userErrors { code path } }
}
"""


async def test_it_is_placed_at_the_time_of_the_change(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))
    await store.send(AddOrderLine(id=created.id, line=TEA))

    placed = await store.send(PlaceSalesOrder(id=created.id))

    assert (placed.placed_at, placed.version) == (placed.updated_at, 3)
    assert await store.send(GetSalesOrder(id=created.id)) == placed


async def test_refuses_one_without_lines(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))

    with pytest.raises(SalesOrderEmpty):
        await store.send(PlaceSalesOrder(id=created.id))

    assert await store.send(GetSalesOrder(id=created.id)) == created


async def test_refuses_a_stale_version(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))

    with pytest.raises(PreconditionFailed):
        await store.send(PlaceSalesOrder(id=created.id, precondition=Precondition(match=frozenset({7}))))


async def test_knows_what_is_not_there(store: Mediator) -> None:
    with pytest.raises(SalesOrderNotFound):
        await store.send(PlaceSalesOrder(id=UUID(int=9)))


async def test_both_doors_lead_to_it(sql_client: httpx2.AsyncClient, sql_mediator: Mediator) -> None:
    created = await sql_mediator.send(CreateSalesOrder(customer="Ada"))
    await sql_mediator.send(AddOrderLine(id=created.id, line=TEA))

    over_rest = await sql_client.post(f"/sales_orders/{created.id}/place")
    variables = {"input": {"id": str(created.id)}}
    over_graphql = await sql_client.post("/graphql", json={"query": MUTATION, "variables": variables})

    assert (over_rest.status_code, over_rest.headers["etag"], over_rest.json()["total"]) == (200, '"3"', 900)
    assert over_graphql.json()["data"]["placeSalesOrder"] == {
        "salesOrder": None,
        "userErrors": [{"code": "sales_order_placed", "path": ["id"]}],
    }
