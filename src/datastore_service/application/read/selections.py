"""What of a query's result is answered, and in what shape: GraphQL's selections, as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datastore_service.application.messages import Query
from datastore_service.application.views import JsonText

type Member = Constant | Selected


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A member of an answer that is the same whatever is read."""

    key: str
    value: JsonText


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """A member of an answer that is read. It equals only itself, so that what is made of it can be kept by it.

    Attributes:
        key: What the answer calls it.
        name: What the views, pages and edges of the application call it.
        members: What is answered of it, in this order; nothing where it is a plain value.
        prefix: What the answer puts before it, where it is a text.
        path: Which place in it is answered, where it is JSON.
        asks: The index of the sub-query that yields this member; 0 if the parent's own row has it.
    """

    key: str
    name: str
    members: tuple[Member, ...] = ()
    prefix: str = ""
    path: tuple[str, ...] = ()
    asks: int = 0

    def has(self, name: str) -> bool:
        """Tells whether a member has this name."""
        return any(isinstance(member, Selected) and member.name == name for member in self.members)


@dataclass(frozen=True, slots=True)
class Part:
    """A member at the root of an answer.

    Attributes:
        shape: How it is answered.
        queries: What is asked in order to answer it: first the query that finds it, then those that `asks` means, at
            last others, such as counts.
    """

    shape: Selected
    queries: Sequence[Query[Any]]
