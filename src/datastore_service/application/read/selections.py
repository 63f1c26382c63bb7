"""Selections as plain data: which parts of a query's result the response has, and in which shape.

Those of GraphQL are made of documents; REST's is a constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from datastore_service.application.messages import Query
from datastore_service.application.views import RECORD_MEMBERS, JsonText

type Member = Constant | Selected


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A member of an answer that is the same whatever is read."""

    key: str
    value: JsonText


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """A member of a response that is read. It is compared by identity, so that it can be the key of a cached statement.

    Attributes:
        key: What the answer calls it.
        name: What the views, pages and edges of the application call it.
        members: Its members in the response, in this order; empty if it is a plain value.
        prefix: A text that the response puts before it, if it is a text.
        path: The place in it that the response has, if it is JSON.
        asks: The index of the sub-query that yields this member; 0 if the parent's own row has it.
        is_optional: Whether the response leaves it out if it is null. The first member of an object is not optional.
    """

    key: str
    name: str
    members: tuple[Member, ...] = ()
    prefix: str = ""
    path: tuple[str, ...] = ()
    asks: int = 0
    is_optional: bool = False

    def has(self, name: str) -> bool:
        """Tells whether a member has this name."""
        return any(isinstance(member, Selected) and member.name == name for member in self.members)


@dataclass(frozen=True, slots=True)
class Part:
    """A member at the root of an answer.

    Attributes:
        shape: How it is answered.
        queries: The queries that read it. The first one finds it; `Selected.asks` is an index into this list; the last
            ones are others, such as counts.
    """

    shape: Selected
    queries: Sequence[Query[Any]]


RECORD: Final = tuple(Selected(name, name, is_optional=name == "deleted_at") for name in RECORD_MEMBERS)
"""All members of a record, as REST has them."""
