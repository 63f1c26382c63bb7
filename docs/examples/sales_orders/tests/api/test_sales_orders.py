"""Sales orders through both doors."""

import httpx2

CREATE = """
mutation ($input: CreateSalesOrderInput!) {
  createSalesOrder(input: $input) { salesOrder { id customer version } userErrors { code } }
}
"""
CHANGE = """
mutation ($input: ChangeSalesOrderInput!) {
  changeSalesOrder(input: $input) { salesOrder { customer version } userErrors { code path } }
}
"""
READ = """
query ($id: UUID!) {
  salesOrder(id: $id) { customer version }
  salesOrders(first: 1) { edges { node { id } } pageInfo { hasNextPage } }
}
"""


async def graphql(client: httpx2.AsyncClient, query: str, **variables: object) -> object:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    return response.json()["data"]


async def test_rest_creates_changes_reads_and_lists(client: httpx2.AsyncClient) -> None:
    created = await client.post("/sales_orders", json={"customer": "Ada"})
    address = created.headers["location"]
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')

    changed = await client.put(address, json={"customer": "Bob"}, headers={"If-Match": '"1"'})
    stale = await client.put(address, json={"customer": "Cyd"}, headers={"If-Match": '"1"'})

    assert (changed.status_code, stale.status_code) == (200, 412)
    assert (await client.get(address)).json() == changed.json()
    assert (await client.get("/sales_orders")).json() == {"items": [changed.json()], "next_cursor": None}


async def test_rest_names_what_is_wrong(client: httpx2.AsyncClient) -> None:
    missing = await client.get("/sales_orders/01890a5d-ac96-774b-bcce-b302099a8057")
    nameless = await client.post("/sales_orders", json={"customer": ""})

    assert (missing.status_code, missing.json()["code"]) == (404, "sales_order_not_found")
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "#/customer")


async def test_graphql_creates_changes_and_reads(client: httpx2.AsyncClient) -> None:
    created = await graphql(client, CREATE, input={"customer": "Ada", "id": "01890a5d-ac96-774b-bcce-b302099a8057"})
    again = await graphql(client, CREATE, input={"customer": "Ada", "id": "01890a5d-ac96-774b-bcce-b302099a8057"})
    changed = await graphql(
        client, CHANGE, input={"id": "01890a5d-ac96-774b-bcce-b302099a8057", "customer": "Bob", "expectedVersion": 1}
    )
    nameless = await graphql(client, CHANGE, input={"id": "01890a5d-ac96-774b-bcce-b302099a8057", "customer": ""})

    assert created == {
        "createSalesOrder": {
            "salesOrder": {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "customer": "Ada", "version": 1},
            "userErrors": [],
        }
    }
    assert again == {"createSalesOrder": {"salesOrder": None, "userErrors": [{"code": "sales_order_exists"}]}}
    assert changed == {"changeSalesOrder": {"salesOrder": {"customer": "Bob", "version": 2}, "userErrors": []}}
    assert nameless == {
        "changeSalesOrder": {"salesOrder": None, "userErrors": [{"code": "validation_failed", "path": ["customer"]}]}
    }
    assert await graphql(client, READ, id="01890a5d-ac96-774b-bcce-b302099a8057") == {
        "salesOrder": {"customer": "Bob", "version": 2},
        "salesOrders": {
            "edges": [{"node": {"id": "01890a5d-ac96-774b-bcce-b302099a8057"}}],
            "pageInfo": {"hasNextPage": False},
        },
    }


async def test_graphql_knows_what_is_not_there(client: httpx2.AsyncClient) -> None:
    assert await graphql(client, READ, id="01890a5d-ac96-774b-bcce-b302099a8057") == {
        "salesOrder": None,
        "salesOrders": {"edges": [], "pageInfo": {"hasNextPage": False}},
    }
