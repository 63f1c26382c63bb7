"""What is asked of the records of one collection, which the path names."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from datastore_service.api.http import descriptions
from datastore_service.api.routes.bodies.aggregates import RecordAggregate
from datastore_service.api.routes.bodies.record_lists import ListQuery, RecordSearch
from datastore_service.api.routes.bodies.schemas import GivenContentBody, RecordContent
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.records.values import COLLECTION_PATTERN


class NewRecordInCollection(GivenContentBody):
    """A record to create in the collection that the path names."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"payload": {"name": "Ada"}}]})

    id: Annotated[UUID | None, Field(description=descriptions.NEW_RECORD_ID)] = None
    collection: Annotated[
        str | None, Field(description=descriptions.COLLECTION_OF_PATH, pattern=COLLECTION_PATTERN)
    ] = None


def in_collection[Asked: NewRecordInCollection | ListQuery | RecordSearch | RecordAggregate | RecordContent](
    name: str, asked: Asked
) -> Asked:
    """Returns what is asked, of the collection that the path names.

    Raises:
        InvalidValue: Another collection is named beside it.
    """
    if asked.collection not in (None, name):
        detail = f"collection: {asked.collection!r} is not {name!r}, which the path names."
        raise InvalidValue("/collection", detail)
    return asked.model_copy(update={"collection": name})
