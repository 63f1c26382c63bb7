"""What any store of sales orders does: on the fakes and on PostgreSQL."""

from uuid import UUID

import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.application.read.queries.get_sales_order import GetSalesOrder
from datastore_service.application.read.queries.list_sales_orders import ListSalesOrders
from datastore_service.application.write.commands.change_sales_order import ChangeSalesOrder
from datastore_service.application.write.commands.create_sales_order import CreateSalesOrder
from datastore_service.domain.sales_orders.errors import SalesOrderExists, SalesOrderNotFound


async def test_reads_what_was_created(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))

    assert await store.send(GetSalesOrder(id=created.id)) == created


async def test_keeps_what_was_changed(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))

    await store.send(ChangeSalesOrder(id=created.id, customer="Bob"))

    read = await store.send(GetSalesOrder(id=created.id))
    assert (read.customer, read.version) == ("Bob", 2)


async def test_refuses_an_id_that_is_taken(store: Mediator) -> None:
    created = await store.send(CreateSalesOrder(customer="Ada"))

    with pytest.raises(SalesOrderExists):
        await store.send(CreateSalesOrder(id=created.id, customer="Bob"))


async def test_knows_what_is_not_there(store: Mediator) -> None:
    with pytest.raises(SalesOrderNotFound):
        await store.send(GetSalesOrder(id=UUID(int=9)))
    with pytest.raises(SalesOrderNotFound):
        await store.send(ChangeSalesOrder(id=UUID(int=9), customer="Bob"))


async def test_lists_them_page_by_page(store: Mediator) -> None:
    created = [await store.send(CreateSalesOrder(customer=customer)) for customer in "abc"]

    first = await store.send(ListSalesOrders(page=PageRequest(limit=2)))
    second = await store.send(ListSalesOrders(page=PageRequest(limit=2, after=Cursor(first.items[-1].id))))

    assert [*first.items, *second.items] == created
    assert (first.has_next, second.has_next) == (True, False)
