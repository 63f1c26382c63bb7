"""The fields of `Mutation` whose command is all that there is to them: it is sent, and what comes of it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, cast

from graphql import GraphQLObjectType, VariableValues, get_named_type

from datastore_service.api.graphql.compiler.arguments import Binder
from datastore_service.api.graphql.compiler.operations import Operation
from datastore_service.api.graphql.compiler.shapes import NotCompiled
from datastore_service.api.graphql.compiler.writing import Write, writer
from datastore_service.api.http.json_texts import written
from datastore_service.application.messages import Command
from datastore_service.domain.immutable import immutable

_INPUT: Final = "input"


@immutable
class Outcome:
    """What a payload is made of: the field's input, and the result of its command."""

    input: Any
    result: Any


_RECORD: Final[Mapping[str, Write]] = {"record": attrgetter("result")}

CHANGES: Final[Mapping[str, Mapping[str, Write]]] = {
    "createRecord": _RECORD,
    "replaceRecord": {"record": attrgetter("result.record"), "created": attrgetter("result.created")},
    "patchRecord": _RECORD,
    "deleteRecord": {"id": attrgetter("input.id")},
    "restoreRecord": _RECORD,
    "revertRecord": _RECORD,
    "applyBatch": {"results": attrgetter("result")},
}
"""Each field with what finds the members of its payload in an `Outcome`; its command its input knows."""


def _user_errors(_: Outcome) -> tuple[()]:
    """Returns those of a command that was carried out."""
    return ()


@immutable
class Change:
    """One request for a mutation.

    Attributes:
        command: What is to be sent.
        input: What it was made of.
        key: What the answer calls the field.
        write: Makes the field's value of an `Outcome`.
    """

    command: Command[Any]
    input: Any
    key: str
    write: Write

    def answer(self, result: object) -> bytes:
        """Returns the body of the response, given the result of the command.

        Raises:
            NotCompiled: Strawberry is to say it.
        """
        return written({"data": {self.key: self.write(Outcome(input=self.input, result=result))}})


@dataclass(frozen=True, slots=True)
class Changing:
    """A mutation with one field."""

    key: str
    binder: Binder
    write: Write

    @classmethod
    def of(cls, operation: Operation, variables: VariableValues) -> "Changing":
        """Finds out what is answered with these values in the mutation's conditions.

        Raises:
            NotCompiled: It has other fields, or something in it is not known here.
        """
        fields = operation.fields(variables)
        if len(fields) != 1:
            raise NotCompiled
        ((key, found),) = fields.items()
        node = found[0].node
        name = node.name.value
        if name not in CHANGES or [argument.name.value for argument in node.arguments or ()] != [_INPUT]:
            raise NotCompiled
        definition, selections = operation.root.fields[name], operation.selections(variables)
        shape = selections.shape(key, name, cast("GraphQLObjectType", get_named_type(definition.type)), found)
        if selections.nested:
            raise NotCompiled
        finding = {**CHANGES[name], "user_errors": _user_errors}
        binder = operation.made.arguments.of(definition, node, are_shared=False)
        return cls(key, binder, writer(shape.members, finding.__getitem__))

    def bound(self, variables: VariableValues) -> Change:
        """Returns the change that is meant with these variables.

        Raises:
            NotCompiled: An argument cannot be read.
            DomainError: The input is none that can be sent.
        """
        given = self.binder.bound(variables)[_INPUT]
        return Change(command=given.command(), input=given, key=self.key, write=self.write)
