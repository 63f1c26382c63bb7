"""`datastore explain`: how PostgreSQL answers a question."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from datastore_service.cli.running import MISUSED, ending_well, failure, settings_of
from datastore_service.cli.transfer import on_the_store

if TYPE_CHECKING:
    from datastore_service.application.mediator import Mediator
    from datastore_service.application.read.queries.explain_records import ExplainRecords, Explanation

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="WORD...",
        help="What the query string of GET /records has, such as collection=people 'filter[payload.age][gte]=30' "
        "sort=-payload.age; and settings of this run.",
        show_default=False,
    ),
]


def explain(
    words: Words,
    *,
    analyze: Annotated[bool, typer.Option("--analyze", help="Read the page, and tell what it took.")] = False,
) -> None:
    """Show PostgreSQL's plan for a list of records, and which index it lacks."""
    with ending_well():
        from datastore_service.api.routes.bodies.record_lists import ListQuery

        own = {"filter[", *(f"{name}=" for name in ListQuery.model_fields)}
        asked = [word for word in words if word.startswith(tuple(own))]
        settings = settings_of([word for word in words if word not in asked])
        query = _query(asked, settings.limits.page_size_default, measured=analyze)

        async def run(mediator: "Mediator") -> "Explanation":
            return await mediator.send(query)

        explanation = on_the_store(settings, run)
        typer.echo(explanation.plan)
        for advice in explanation.advice:
            typer.echo(f"\nNo index serves {advice.path}. This makes one:\n  {advice.command}")


def _query(words: Sequence[str], limit: int, *, measured: bool) -> "ExplainRecords":
    """Reads the words as REST reads its query string."""
    from urllib.parse import urlencode

    from fastapi import Request
    from pydantic import ValidationError
    from starlette.exceptions import HTTPException

    from datastore_service.api.routes.bodies.record_lists import ListQuery
    from datastore_service.application.errors import DomainError
    from datastore_service.application.read.pagination import PageRequest
    from datastore_service.application.read.queries.explain_records import ExplainRecords

    pairs = [(name, value) for name, _, value in (_parted(word) for word in words)]
    request = Request({"type": "http", "query_string": urlencode(pairs).encode(), "headers": []})
    given = dict(pairs) | ({"tag": tags} if (tags := [value for name, value in pairs if name == "tag"]) else {})
    try:
        asked = ListQuery.model_validate(given)
        criteria = asked.criteria(request)
    except ValidationError as error:
        first = error.errors()[0]
        raise failure(ValueError(f"{first['loc'][0]}: {first['msg']}."), MISUSED) from None
    except HTTPException as error:
        raise failure(ValueError(error.detail), MISUSED) from None
    except DomainError as error:
        raise failure(error, MISUSED) from None
    return ExplainRecords(criteria=criteria, page=PageRequest(limit=asked.limit or limit), measured=measured)


def _parted(word: str) -> tuple[str, str, str]:
    """Parts a word at its first equals sign outside of the brackets of a filter."""
    if not word.startswith("filter["):
        return word.partition("=")
    name, bracket, value = word.partition("]=")
    return f"{name}{bracket[:1]}", "=", value
