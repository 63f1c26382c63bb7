"""How a field is compiled: each field declares it in its metadata, where the compiler finds it (adr/0052).

A plain attribute needs no declaration: it is a `Member`. A field with a resolver and no declaration is left to
Strawberry.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, Final

from graphql import GraphQLField

from datastore_service.application.messages import Query
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.selections import Constant, Part, Selected
from datastore_service.application.views import JsonText
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.domain.immutable import immutable
from datastore_service.library_internals.strawberry import has_definition, is_attribute, metadata_of


class NotCompiled(Exception):
    """The document, or this request for it, is left to Strawberry."""


@dataclass(frozen=True, slots=True)
class Member:
    """The field is a member of what the query of its object yields.

    Attributes:
        name: What the application calls the member; None if it is called as the field is.
        prefix: A text that the response puts before it, if it is a text.
        has_path: Whether the field has an argument `path`, which names the part of the payload that the response has.
    """

    name: str | None = None
    prefix: str = ""
    has_path: bool = False


@dataclass(frozen=True, slots=True)
class Root:
    """A field of `Query` in one document.

    Attributes:
        key: What the response calls it.
        shapes: How the response has it, by the type of what is found. It lacks types of which a selected field is left
            to Strawberry.
    """

    key: str
    shapes: Mapping[str, Selected]
    graphql: GraphQLSettings
    limits: LimitSettings
    cursors: CursorSigner

    def of(self, kind: str) -> Selected:
        """Returns the shape for a type.

        Raises:
            NotCompiled: A selected field of the type is left to Strawberry.
        """
        if kind not in self.shapes:
            raise NotCompiled
        return self.shapes[kind]

    @property
    def nothing(self) -> Constant:
        """The response if nothing can be found."""
        return Constant(self.key, JsonText("null"))


type ReadRoot = Callable[Concatenate[Root, ...], Constant | Part]
"""Returns what a field of `Query` reads, or raises NotCompiled, or what the resolver raises.

It is given those arguments of the field that have a value, by their names.
"""

type ReadNested = Callable[Concatenate[Selected, LimitSettings, ...], Sequence[Query[Any]]]
"""Returns the queries of a field of an object that is read: first the one that finds the field, then its counts.

It is given the shape of the field and, by their names, those of its arguments that have a value. Whose field it is the
store finds out itself: the queries have UNKNOWN_IDS.
"""


@dataclass(frozen=True, slots=True)
class RootQuery:
    """The field of `Query` is read by queries."""

    read: ReadRoot


@dataclass(frozen=True, slots=True)
class NestedQuery:
    """The field of an object is read by queries of its own."""

    read: ReadNested


@immutable
class Outcome:
    """What the payload of a mutation is made of: its input, and the result of its command."""

    input: Any
    result: Any


type Find = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class InputCommand:
    """The mutation sends the command that its argument `input` makes, and does nothing else.

    Attributes:
        members: Finds the members of its payload in an `Outcome`, except for the errors, of which there are none.
    """

    members: Mapping[str, Find]


@dataclass(frozen=True, slots=True)
class Interpreted:
    """The plain attribute is left to Strawberry."""


type Declaration = Member | RootQuery | NestedQuery | InputCommand | Interpreted

_KEY: Final = "compiled"


def compiled(declaration: Declaration) -> dict[object, Declaration]:
    """Returns the metadata of a field that is compiled so."""
    return {_KEY: declaration}


def declaration_of(field: GraphQLField) -> Declaration:
    """Returns how a field is compiled. A field that Strawberry does not know is not, as those of typed collections."""
    if not has_definition(field):
        return Interpreted()
    unless_declared = Member() if is_attribute(field) else Interpreted()
    return metadata_of(field).get(_KEY, unless_declared)
