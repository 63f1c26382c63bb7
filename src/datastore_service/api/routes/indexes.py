"""The indexes of collections over REST."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Response
from starlette.convertors import PathConvertor, register_url_convertor

from datastore_service.api.http import descriptions
from datastore_service.api.http.dependencies import Send
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.indexes import IndexBody, IndexList, index_response, indexes_response
from datastore_service.api.routes.collections import Name
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.fields import indexable_path
from datastore_service.application.mediator import Sender
from datastore_service.application.read.queries.list_indexes import ListIndexes
from datastore_service.application.views import IndexView
from datastore_service.application.write.commands.create_index import CreateIndex
from datastore_service.application.write.commands.drop_index import DropIndex
from datastore_service.domain.errors import CollectionNotFound, IndexNotFound

router = APIRouter(prefix="/collections", tags=["collections"], route_class=JsonRoute)


class _Rest(PathConvertor):
    """Matches the rest of a path, with the slashes and line breaks of keys in it; at least one character."""

    regex = "(?s:.+)"


register_url_convertor("rest", _Rest())

IndexPath = Annotated[
    str,
    Path(description=descriptions.INDEX_PATH, json_schema_extra={"pattern": r"^payload(\.[A-Za-z_]+)+(::time)?$"}),
]


@router.get(
    "/{name}/indexes",
    description="Read the indexes of a collection.",
    responses=answers({200: IndexList}, [], ["collection_not_found"]),
)
async def list_indexes(name: Name, mediator: Send) -> Response:
    return indexes_response(await _indexes(name, mediator))


@router.get(
    "/{name}/indexes/{path:rest}",
    description="Read the state of an index of a collection.",
    responses=answers({200: IndexBody}, [], ["collection_not_found", "index_not_found"]),
)
async def get_index(name: Name, path: IndexPath, mediator: Send) -> Response:
    wanted = str(indexable_path(path))
    for index in await _indexes(name, mediator):
        if index.path == wanted:
            return index_response(index)
    raise IndexNotFound(name, wanted)


@router.put(
    "/{name}/indexes/{path:rest}",
    description=f"{CreateIndex.__doc__} It is usable when its state is `ready`.",
    responses=answers({200: IndexBody, 202: IndexBody}, [], ["collection_not_found"], writes=True),
)
async def create_index(name: Name, path: IndexPath, mediator: Send) -> Response:
    index = await mediator.send(CreateIndex(collection=name, path=path))
    return index_response(index, 200 if index.state == "ready" else 202)


@router.delete(
    "/{name}/indexes/{path:rest}",
    status_code=204,
    description=DropIndex.__doc__,
    responses=answers({204: None}, [], ["index_not_found"], writes=True),
)
async def drop_index(name: Name, path: IndexPath, mediator: Send) -> Response:
    await mediator.send(DropIndex(collection=name, path=path))
    return Response(status_code=204)


async def _indexes(name: str, mediator: Sender) -> Sequence[IndexView]:
    found = await mediator.send(ListIndexes(collections=[name]))
    if name not in found:
        raise CollectionNotFound(name)
    return found[name]
