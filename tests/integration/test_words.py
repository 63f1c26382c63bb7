"""Full-text search in a PostgreSQL: words are found whatever stands beside them, in small payloads as in large ones."""
# ruff: noqa: RUF001

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_application
from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.database.engine.pools import Engines

LARGE: dict[str, Json] = {"zz": ["word " * 40_000]}
"""What makes a payload so large that only its beginning is searched."""


async def is_found(mediator: Mediator, search: str) -> bool:
    criteria = RecordCriteria(collection="f", search=search)
    return bool((await mediator.send(ListRecords(criteria=criteria, page=PageRequest(limit=1)))).items)


@pytest.fixture(params=["small", "large"])
def rest(request: pytest.FixtureRequest) -> dict[str, Json]:
    return {} if request.param == "small" else LARGE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("She said “hello” — really… done", ["hello", "really", "done", "“hello”", '"hello really done"']),
        ("d’été, it’s", ["été", "d’été", "ÉTÉ", "it", '"d été"']),
        ("«bonjour» Berlin–Paris 1990–2000", ["bonjour", "berlin", "Paris", "Berlin–Paris", "1990", "2000"]),
        ("wait…what ¿qué … ¡hola!", ["wait", "what", "qué", "hola", "¡hola!"]),
        ("Acme™ great👍work a❤️b 👩‍👩‍👧family", ["acme", "great", "work", "great👍work", "b", "family"]),
        ("a\u00a0nbsp\u2003em\u3000ideographic\u200bzero\ufeffbom", ["nbsp", "em", "ideographic", "zero", "bom"]),
        ("日本、東京。", ["日本", "東京", "日本、東京"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("caf\u0065\u0301 Wort\u00adtrennung", ["caf\u00e9", "caf\u0065\u0301", "Worttrennung"]),
        ("alpha\nbeta\tgamma\rdelta\u0001epsilon\x7feta", ["alpha", "beta", "gamma", "delta", "epsilon", "eta"]),
        ("# Title\n\nFirst paragraph\\second \\nthird", ["title", "First", "paragraph", "second", "nthird"]),
        ('say "quoted" back\\slash', ["quoted", "back", "slash", '"say quoted"']),
        (
            "see http://h.io/p?a=1 there",
            ["http://h.io/p?a=1", '"http://h.io/p?a=1"', "h.io", "h", "io", "p", "h.io/p", "there"],
        ),
        (
            "https://de.wikipedia.org/wiki/Foo_(bar)?x=1&y=a!b#top",
            ["https://de.wikipedia.org/wiki/Foo_(bar)?x=1&y=a!b#top"],
        ),
        (
            "client/server TCP/IP either/or km/h 24/7",
            ["client", "server", "TCP/IP", "ip", "or", "km", "h", "24", "24/7"],
        ),
        (
            "node.js 1.2.3 v2.0 3.14 -5 1,000",
            ["node", "js", "node.js", "1.2.3", "v2.0", "3.14", "14", "5", "1,000", "000"],
        ),
        (
            "ada@example.com",
            ["ada", "example", "ada@example.com", "example.com", '"ada@example.com"', "<ada@example.com>"],
        ),
        ("/usr/bin/python -m x", ["python", "usr", "/usr/bin/python", "bin/python", '"/usr/bin/python"']),
        (
            "well-known snake_case a:b a+b A&B <b>bold</b>",
            ["known", "well-known", "snake", "snake_case", "a:b", "bold"],
        ),
    ],
)
async def test_finds_words_by_themselves_by_their_parts_and_as_a_whole(
    sql_mediator: Mediator, rest: dict[str, Json], text: str, words: list[str]
) -> None:
    await sql_mediator.send(CreateRecord(collection="f", payload={"t": text, **rest}))

    assert [search for search in words if not await is_found(sql_mediator, search)] == []


@pytest.mark.parametrize(
    "search", ["nbeta", "tgamma", '"one two"', "h.oi", "server/client", "python/bin", "example@ada", "t", "-one", "zz"]
)
async def test_finds_nothing_that_is_not_there(sql_mediator: Mediator, rest: dict[str, Json], search: str) -> None:
    texts: list[Json] = ["one", "two", "alpha\nbeta\tgamma", "h.io client/server /bin/python ada@example.com"]
    await sql_mediator.send(CreateRecord(collection="f", payload={"t": texts, **rest}))

    assert not await is_found(sql_mediator, search)


@pytest.mark.parametrize("search", ["", " ", "-", '""', '"', "…", "- -", '-""', "&|!()", "“”"])
async def test_what_has_no_words_finds_nothing(sql_mediator: Mediator, search: str) -> None:
    await sql_mediator.send(CreateRecord(collection="f", payload={"t": "one two"}))

    assert not await is_found(sql_mediator, search)


@pytest.mark.parametrize("end", range(29_990, 30_003))
async def test_a_large_payload_is_stored_wherever_its_texts_are_cut(sql_mediator: Mediator, end: int) -> None:
    tail = ['\\"\n\u0001', "\\\\", "x", '", "', ""] * 20_000
    await sql_mediator.send(CreateRecord(collection="f", payload=["first", "y" * (end - 40), *tail]))

    assert await is_found(sql_mediator, "first")


@pytest.fixture
async def english(engines: Engines) -> AsyncGenerator[Mediator]:
    application = build_application(engines, replace(Limits(), search_language="english"))
    yield application.mediator
    await application.changes.close()


async def test_another_language_knows_its_words_and_its_stop_words(english: Mediator) -> None:
    await english.send(CreateRecord(collection="f", payload={"t": "The state of dragons: client/servers “flying”"}))

    wanted = ["dragon", "flies or fly", '"state of dragons"', "server", "client/server", "the dragon"]
    assert [search for search in wanted if not await is_found(english, search)] == []
    assert not await is_found(english, '"dragons of state"')
