"""Links over REST."""

from uuid import UUID, uuid4

import httpx2


async def a_record(client: httpx2.AsyncClient, payload: str) -> str:
    return (await client.post("/records", json={"payload": payload})).json()["id"]


async def test_links_two_records_and_shows_the_link_from_both_ends(client: httpx2.AsyncClient) -> None:
    book, author = await a_record(client, "Notes"), await a_record(client, "Ada")

    made = await client.put(f"/records/{book}/links/author/{author}")
    again = await client.put(f"/records/{book}/links/author/{author}")

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.headers["Location"] == f"/records/{book}/links/author/{author}"
    assert made.json() == again.json()
    assert {**made.json(), "created_at": ""} == {
        "source": book,
        "relation": "author",
        "target": author,
        "created_at": "",
    }
    links = await client.get(f"/records/{book}/links")
    backlinks = await client.get(f"/records/{author}/backlinks", params={"relation": "author"})
    assert links.json() == {
        "items": [made.json() | {"record": (await client.get(f"/records/{author}")).json()}],
        "next_cursor": None,
    }
    assert backlinks.json()["items"][0]["record"]["id"] == book
    assert (await client.get(f"/records/{author}/links")).json()["items"] == []


async def test_takes_a_link_away(client: httpx2.AsyncClient) -> None:
    book, author = await a_record(client, "Notes"), await a_record(client, "Ada")
    await client.put(f"/records/{book}/links/author/{author}")

    removed = await client.delete(f"/records/{book}/links/author/{author}")
    again = await client.delete(f"/records/{book}/links/author/{author}")

    assert (removed.status_code, removed.content) == (204, b"")
    assert (again.status_code, again.json()["code"]) == (404, "link_not_found")


async def test_leads_through_the_pages(client: httpx2.AsyncClient) -> None:
    hub = await a_record(client, "hub")
    spokes = [await a_record(client, str(number)) for number in range(5)]
    for spoke in spokes:
        await client.put(f"/records/{hub}/links/spoke/{spoke}")

    seen: list[str] = []
    address: str | None = f"/records/{hub}/links?relation=spoke&limit=2"
    while address:
        page = await client.get(address)
        seen += [item["target"] for item in page.json()["items"]]
        address = page.links["next"]["url"] if "next" in page.links else None

    assert seen == spokes
    held = await client.get(f"/records/{hub}/links", headers={"If-None-Match": '"x"'})
    unchanged = await client.get(f"/records/{hub}/links", headers={"If-None-Match": held.headers["ETag"]})
    assert unchanged.status_code == 304


async def test_leaves_out_what_the_client_does_not_want_to_hear(client: httpx2.AsyncClient) -> None:
    record = await a_record(client, "")
    prefer = {"Prefer": "return=minimal"}

    made = await client.put(f"/records/{record}/links/same/{record}", headers=prefer)
    again = await client.put(f"/records/{record}/links/same/{record}", headers=prefer)

    assert [(made.status_code, made.content), (again.status_code, again.content)] == [(201, b""), (204, b"")]


async def test_refuses_in_the_words_of_all_other_resources(client: httpx2.AsyncClient) -> None:
    book, gone = await a_record(client, "Notes"), await a_record(client, "")
    await client.delete(f"/records/{gone}")
    never = uuid4()

    async def refusal(method: str, address: str) -> tuple[int, str]:
        answer = await client.request(method, address)
        return answer.status_code, answer.json()["code"]

    assert await refusal("PUT", f"/records/{book}/links/author/{never}") == (404, "record_not_found")
    assert await refusal("PUT", f"/records/{book}/links/author/{gone}") == (410, "record_deleted")
    assert await refusal("PUT", f"/records/{book}/links/no%20name/{book}") == (422, "validation_failed")
    assert await refusal("PUT", f"/records/{book}/links/author/x") == (422, "validation_failed")
    assert await refusal("GET", f"/records/{never}/links") == (404, "record_not_found")
    assert await refusal("GET", f"/records/{gone}/backlinks") == (410, "record_deleted")
    assert await refusal("GET", f"/records/{book}/links?relation=no+name") == (422, "validation_failed")
    assert await refusal("GET", f"/records/{book}/links?cursor=x") == (400, "invalid_cursor")
    assert await refusal("POST", f"/records/{book}/links") == (405, "method_not_allowed")


async def test_keeps_a_record_that_others_link_to(client: httpx2.AsyncClient) -> None:
    book, author = await a_record(client, "Notes"), await a_record(client, "Ada")
    await client.put(f"/records/{book}/links/author/{author}")

    refused = await client.delete(f"/records/{author}")

    assert (refused.status_code, refused.json()["code"]) == (409, "record_linked")
    assert str(UUID(book)) in refused.json()["detail"]
