"""`datastore index`: indexes on places in payloads, made and dropped while the service serves."""
# ruff: noqa: PLC0415

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datastore_service.cli.running import FAILED, OVERRIDABLE, Overrides, ending_well, settings_of
from datastore_service.cli.transfer import on_the_store

if TYPE_CHECKING:
    from datastore_service.application.mediator import Mediator
    from datastore_service.application.views import IndexView

index = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Create, list and drop indexes on payloads.")

_Collection = Annotated[str, typer.Argument(metavar="COLLECTION", help="The collection's name.", show_default=False)]
_Path = Annotated[
    str,
    typer.Argument(metavar="PATH", help="As filters name it: payload.age, payload.born::time.", show_default=False),
]
_Encoded = Annotated[
    bool,
    typer.Option(
        "--encoded", help="Read COLLECTION and PATH as percent-encoded, as advice writes keys with other signs."
    ),
]
_POLL: Final = 0.25
_HALF_ENCODED: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@index.command(context_settings=OVERRIDABLE)
def create(collection: _Collection, path: _Path, overrides: Overrides = None, *, encoded: _Encoded = False) -> None:
    """Build an index for filters and orders by a place in the payloads of a collection.

    Reads and writes go on meanwhile.
    """
    with ending_well():
        from datastore_service.application.write.commands.create_index import CreateIndex

        if encoded:
            collection, path = _decoded(collection), _decoded(path)

        async def run(mediator: "Mediator") -> "IndexView":
            begun = await mediator.send(CreateIndex(collection=collection, path=path))
            return await _finished(mediator, begun)

        built = on_the_store(settings_of(overrides), run)
        if built.state != "ready":
            typer.echo(f"The index on {built.path} of {collection} could not be built: {built.failure}", err=True)
            raise typer.Exit(FAILED)
        typer.echo(f"The index on {built.path} of {collection} is ready ({_size(built)}).")


@index.command(name="list", context_settings=OVERRIDABLE)
def list_indexes(collection: _Collection, overrides: Overrides = None) -> None:
    """List the indexes of a collection."""
    with ending_well():
        from datastore_service.application.read.queries.list_indexes import ListIndexes
        from datastore_service.domain.errors import CollectionNotFound

        async def run(mediator: "Mediator") -> "Sequence[IndexView]":
            found = await mediator.send(ListIndexes(collections=[collection]))
            if collection not in found:
                raise CollectionNotFound(collection)
            return found[collection]

        for each in on_the_store(settings_of(overrides), run):
            typer.echo("\t".join(filter(None, (each.path, each.state, _size(each), each.failure))))


@index.command(context_settings=OVERRIDABLE)
def drop(collection: _Collection, path: _Path, overrides: Overrides = None, *, encoded: _Encoded = False) -> None:
    """Take an index away; the records stay as they are."""
    with ending_well():
        from datastore_service.application.write.commands.drop_index import DropIndex

        if encoded:
            collection, path = _decoded(collection), _decoded(path)

        async def run(mediator: "Mediator") -> None:
            await mediator.send(DropIndex(collection=collection, path=path))

        on_the_store(settings_of(overrides), run)
        typer.echo(f"The index on {path} of {collection} is gone.")


def _decoded(text: str) -> str:
    from urllib.parse import unquote

    refusal = typer.BadParameter(f"{text} is not percent-encoded UTF-8.")
    if _HALF_ENCODED.search(text):
        raise refusal
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise refusal from None


async def _finished(mediator: "Mediator", begun: "IndexView") -> "IndexView":
    from datastore_service.application.read.queries.list_indexes import ListIndexes

    told: float | None = None
    while begun.state == "building":
        if begun.progress != told:
            told = begun.progress
            typer.echo(f"{told or 0:4.0%} of the index on {begun.path} is built.", err=True)
        await asyncio.sleep(_POLL)
        found = await mediator.send(ListIndexes(collections=[begun.collection]))
        begun = next(each for each in found[begun.collection] if each.path == begun.path)
    return begun


def _size(index: "IndexView") -> str:
    return f"{(index.size or 0) / 1024:,.0f} KiB"
