"""Relay's connections (its specification, section 4): sizes, cursors and PageInfo in both directions."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from datastore_service.application.mediator import Mediator
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.apps import shared_app
from tests.profiles import costly
from tests.statements import statements_of
from tests.strategies import small_numbers

PAGE = """
query ($collection: String, $first: Int, $after: String, $last: Int, $before: String) {
  records(collection: $collection, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
COUNTED = "query ($collection: String) { records(collection: $collection, first: 1) { nodes { id } totalCount } }"


@dataclass(frozen=True, slots=True)
class Page:
    """What a client sees of one page."""

    numbers: list[int]
    cursors: list[str]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection of its own, whose records are known by small numbers, in the order of the list."""

    client: httpx2.AsyncClient
    mediator: Mediator
    name: str
    base: int

    async def put(self, *numbers: int) -> None:
        for number in numbers:
            await self.mediator.send(CreateRecord(id=self._id(number), collection=self.name, payload=number))

    async def take(self, *numbers: int) -> None:
        for number in numbers:
            await self.mediator.send(DeleteRecord(id=self._id(number)))

    async def page(self, **arguments: object) -> Page:
        body = {"query": PAGE, "variables": {"collection": self.name, **arguments}}
        answer = (await self.client.post("/graphql", json=body)).json()
        assert "errors" not in answer, answer
        found: dict[str, Any] = answer["data"]["records"]
        edges, info = found["edges"], found["pageInfo"]
        cursors = [edge["cursor"] for edge in edges]
        assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
        numbers = [UUID(edge["node"]["id"]).int - self.base for edge in edges]
        return Page(numbers, cursors, info["hasPreviousPage"], info["hasNextPage"])

    def _id(self, number: int) -> UUID:
        return UUID(int=self.base + number)


def a_shelf(client: httpx2.AsyncClient, mediator: Mediator) -> Shelf:
    return Shelf(client, mediator, f"shelf-{uuid4()}", uuid4().int >> 16 << 16)


@pytest.fixture
async def shelf(store: Mediator, settings: Settings) -> AsyncGenerator[Shelf]:
    async with serving(settings, store) as client:
        yield a_shelf(client, store)


def serving(settings: Settings, mediator: Mediator) -> httpx2.AsyncClient:
    app = shared_app(settings, mediator)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080")


@pytest.mark.parametrize(
    ("arguments", "numbers", "has_previous", "has_next"),
    [
        ({}, [1, 2, 3, 4, 5], False, False),
        ({"first": 2}, [1, 2], False, True),
        ({"first": 5}, [1, 2, 3, 4, 5], False, False),
        ({"first": 0}, [], False, True),
        ({"last": 2}, [4, 5], True, False),
        ({"last": 5}, [1, 2, 3, 4, 5], False, False),
        ({"last": 0}, [], True, False),
        ({"first": 2, "after": 2}, [3, 4], True, True),
        ({"first": 2, "after": 3}, [4, 5], True, False),
        ({"first": 2, "after": 5}, [], True, False),
        ({"last": 2, "before": 4}, [2, 3], True, True),
        ({"last": 2, "before": 3}, [1, 2], False, True),
        ({"last": 2, "before": 1}, [], False, True),
        ({"first": 1, "after": 1, "before": 4}, [2], True, True),
        ({"first": 2, "after": 1, "before": 4}, [2, 3], True, False),
        ({"last": 1, "after": 1, "before": 4}, [3], True, True),
        ({"last": 2, "after": 1, "before": 4}, [2, 3], False, True),
        ({"first": 4, "last": 2}, [3, 4], True, True),
        ({"first": 2, "last": 4}, [1, 2], True, True),
        ({"first": 9, "last": 9}, [1, 2, 3, 4, 5], False, False),
        ({"first": 3, "last": 0}, [], True, True),
    ],
    ids=str,
)
async def test_a_page_is_what_relay_s_algorithm_makes_of_the_list(
    shelf: Shelf, arguments: dict[str, int], numbers: list[int], has_previous: bool, has_next: bool
) -> None:
    await shelf.put(1, 2, 3, 4, 5)
    cursors = (await shelf.page()).cursors
    places = {name: cursors[arguments[name] - 1] for name in ("after", "before") if name in arguments}

    page = await shelf.page(**(arguments | places))

    assert (page.numbers, page.has_previous, page.has_next) == (numbers, has_previous, has_next)


async def test_tells_truly_whether_anything_is_left_behind_the_cursor(shelf: Shelf) -> None:
    await shelf.put(1, 2, 3)
    first, _, third = (await shelf.page()).cursors
    await shelf.take(1, 3)

    onwards, backwards = await shelf.page(first=9, after=first), await shelf.page(last=9, before=third)
    await shelf.take(2)
    nothing = await shelf.page(first=9, after=first), await shelf.page(last=9, before=third)

    assert (onwards.numbers, onwards.has_previous, onwards.has_next) == ([2], False, False)
    assert (backwards.numbers, backwards.has_previous, backwards.has_next) == ([2], False, False)
    assert [(page.numbers, page.has_previous, page.has_next) for page in nothing] == [([], False, False)] * 2


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=costly(25))
@given(
    there=small_numbers(),
    size=st.integers(1, 5),
    forwards=st.booleans(),
    changes=st.lists(st.tuples(small_numbers(), small_numbers()), max_size=6),
)
async def test_a_walk_sees_what_was_there_throughout_once_and_in_order(
    settings: Settings,
    sql_mediator: Mediator,
    there: set[int],
    size: int,
    forwards: bool,
    changes: list[tuple[set[int], set[int]]],
) -> None:
    present, ever, throughout = set(there), set(there), set(there)
    seen: list[int] = []
    pages: list[list[int]] = []
    async with serving(settings, sql_mediator) as client:
        shelf = a_shelf(client, sql_mediator)
        await shelf.put(*there)
        arguments: dict[str, object] = {"first" if forwards else "last": size}
        more = True
        while more:
            page = await shelf.page(**arguments)
            pages.append(page.numbers)
            assert (page.has_next if forwards else page.has_previous) == any(
                number > max(page.numbers) if forwards else number < min(page.numbers)
                for number in present
                if page.numbers
            )
            more = page.has_next if forwards else page.has_previous
            if page.cursors:
                arguments |= {"after": page.cursors[-1]} if forwards else {"before": page.cursors[0]}
            added, taken = changes.pop() if changes else (set[int](), set[int]())
            await shelf.put(*(added - ever))
            await shelf.take(*(taken & present))
            present = (present | (added - ever)) - taken
            ever |= added
            throughout -= taken
    seen = [number for numbers in (pages if forwards else reversed(pages)) for number in numbers]

    assert seen == sorted(set(seen))
    assert throughout <= set(seen) <= ever


async def test_counts_only_when_the_count_is_asked_for(
    settings: Settings, sql_mediator: Mediator, engines: Engines
) -> None:
    async with serving(settings, sql_mediator) as client:
        shelf = a_shelf(client, sql_mediator)
        await shelf.put(1, 2, 3)
        await shelf.take(3)
        (cursor, _) = (await shelf.page()).cursors

        with statements_of(engines) as plain:
            await shelf.page(first=1, after=cursor)
        with statements_of(engines) as counted:
            body = {"query": COUNTED, "variables": {"collection": shelf.name}}
            answer = (await client.post("/graphql", json=body)).json()

    assert answer["data"]["records"]["totalCount"] == 2
    assert len(plain) == 1
    assert "totalcount" not in plain[0].lower()
    assert len(counted) == 1
    assert '"totalcount":' in counted[0].lower()


async def test_reads_any_number_of_nodes_in_one_statement(
    settings: Settings, sql_mediator: Mediator, engines: Engines
) -> None:
    ids = [str((await sql_mediator.send(CreateRecord(payload=number))).id) for number in range(3)]
    gone = str((await sql_mediator.send(CreateRecord(payload=4))).id)
    await sql_mediator.send(DeleteRecord(id=UUID(gone)))
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Record { payload } } }"
    asked = [ids[2], "x", ids[0], gone, str(uuid4()), ids[2], ids[1]]

    async with serving(settings, sql_mediator) as client:
        with statements_of(engines) as statements:
            answer = (await client.post("/graphql", json={"query": query, "variables": {"ids": asked}})).json()

    found = [node and (node["id"], node["payload"]) for node in answer["data"]["nodes"]]
    assert found == [(ids[2], 2), None, (ids[0], 0), None, None, (ids[2], 2), (ids[1], 1)]
    assert len(statements) == 1
