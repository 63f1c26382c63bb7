"""The fields below the root that have queries of their own: which messages they send, as their resolvers do.

Whose links and whose histories are read the store finds out itself: the messages have UNKNOWN_IDS.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from datastore_service.api.graphql.compiler.pages import page_of
from datastore_service.api.graphql.types.pages import PageArguments
from datastore_service.application.messages import Query
from datastore_service.application.read.history import RevisionCursor
from datastore_service.application.read.ports.links import Direction, LinkCriteria
from datastore_service.application.read.queries.count_links import CountLinks
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.read.selections import Selected
from datastore_service.application.read.unknown_ids import UNKNOWN_IDS
from datastore_service.config.settings import LimitSettings
from datastore_service.domain.links.link import relation_name

type NestedReading = Callable[[Selected, Mapping[str, Any], LimitSettings], Sequence[Query[Any]]]
"""Returns what is asked for a field in this shape with these arguments: what finds it, and then others."""


def _links(
    direction: Direction, shape: Selected, arguments: Mapping[str, Any], limits: LimitSettings
) -> Sequence[Query[Any]]:
    relation = arguments.get("relation")
    criteria = LinkCriteria(direction=direction, relation=None if relation is None else relation_name(relation))
    followed = FollowLinks(ids=UNKNOWN_IDS, criteria=criteria, page=page_of(arguments, limits))
    counted = [CountLinks(ids=UNKNOWN_IDS, criteria=criteria)] if shape.has("total_count") else []
    return [followed, *counted]


def _revisions(_: Selected, arguments: Mapping[str, Any], limits: LimitSettings) -> Sequence[Query[Any]]:
    after = arguments.get("after")
    cursor = None if after is None else RevisionCursor.parse(after, "after")
    limit = PageArguments(arguments.get("first")).request(limits).limit
    return [ListRevisions(ids=UNKNOWN_IDS, limit=limit, after=cursor)]


NESTED_READINGS: Final[Mapping[str, NestedReading]] = {
    "links": partial(_links, "out"),
    "backlinks": partial(_links, "in"),
    "revisions": _revisions,
}
