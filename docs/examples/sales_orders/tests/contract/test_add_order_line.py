"""Add a line to a sales order: on the fakes, on PostgreSQL, and through both doors."""

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
from datastore_service.domain.sales_orders.errors import SalesOrderNotFound, SalesOrderPlaced
from datastore_service.domain.sales_orders.sales_order import OrderLine

TEA = OrderLine(product="tea", quantity=2, unit_price=450)
MILK = OrderLine(product="milk", quantity=1, unit_price=120)
MUTATION = """
mutation ($input: AddOrderLineInput!) {
  addOrderLine(input: $input) {
    salesOrder { lines { product quantity unitPrice } total version }
    userErrors { code path }
  }
}
"""


async def test_lines_are_kept_in_their_order(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))

    for line in (TEA, MILK, TEA):
        changed = await store.send(AddOrderLine(id=created.id, line=line))

    read = await store.send(GetSalesOrder(id=created.id))
    assert (read.lines, read.total, read.version) == ((TEA, MILK, TEA), 1920, 4)
    assert read == changed


async def test_refuses_a_stale_version_and_leaves_nothing(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))

    with pytest.raises(PreconditionFailed):
        await store.send(AddOrderLine(id=created.id, line=TEA, precondition=Precondition(match=frozenset({7}))))

    assert await store.send(GetSalesOrder(id=created.id)) == created


async def test_refuses_one_that_has_been_placed(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))
    await store.send(AddOrderLine(id=created.id, line=TEA))
    placed = await store.send(PlaceSalesOrder(id=created.id))

    with pytest.raises(SalesOrderPlaced):
        await store.send(AddOrderLine(id=created.id, line=MILK))

    assert await store.send(GetSalesOrder(id=created.id)) == placed


async def test_knows_what_is_not_there(store: Mediator) -> None:
    with pytest.raises(SalesOrderNotFound):
        await store.send(AddOrderLine(id=UUID(int=9), line=TEA))


async def test_both_doors_lead_to_it(sql_client: httpx2.AsyncClient, sql_mediator: Mediator) -> None:
    created = await sql_mediator.send(CreateSalesOrder(customer="Ada"))
    tea: dict[str, object] = {"product": "tea", "quantity": 2}

    over_rest = await sql_client.post(f"/sales_orders/{created.id}/add-order-line", json=tea | {"unit_price": 450})
    variables = {"input": {"id": str(created.id), "unitPrice": 450} | tea}
    over_graphql = await sql_client.post("/graphql", json={"query": MUTATION, "variables": variables})
    none = {"input": {"id": str(created.id), "unitPrice": 450} | tea | {"quantity": 0}}
    refused = await sql_client.post("/graphql", json={"query": MUTATION, "variables": none})

    assert (over_rest.status_code, over_rest.json()["lines"]) == (200, [tea | {"unit_price": 450}])
    assert over_graphql.json()["data"]["addOrderLine"] == {
        "salesOrder": {"lines": [tea | {"unitPrice": 450}] * 2, "total": 1800, "version": 3},
        "userErrors": [],
    }
    assert refused.json()["data"]["addOrderLine"] == {
        "salesOrder": None,
        "userErrors": [{"code": "validation_failed", "path": ["quantity"]}],
    }
