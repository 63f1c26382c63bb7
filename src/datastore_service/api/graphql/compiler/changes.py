"""Mutations with one field that only sends a command: the command is sent, and its result is written."""

from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import GraphQLObjectType, VariableValues

from datastore_service.api.graphql.compiled_fields import InputCommand, NotCompiled, Outcome, declaration_of
from datastore_service.api.graphql.compiler.arguments import Binder
from datastore_service.api.graphql.compiler.operations import Operation
from datastore_service.api.graphql.compiler.shapes import type_below
from datastore_service.api.graphql.compiler.writing import Write, writer
from datastore_service.api.http.json_texts import written
from datastore_service.application.messages import Command
from datastore_service.domain.immutable import immutable

_INPUT: Final = "input"


def _user_errors(_: Outcome) -> tuple[()]:
    """Returns the user errors of a command that was executed: none."""
    return ()


@immutable
class Change:
    """A mutation of one request.

    Attributes:
        command: The command to send.
        input: The input of the mutation.
        key: The field's key in the response.
        write: Writes the field's value from an `Outcome`.
    """

    command: Command[Any]
    input: Any
    key: str
    write: Write

    def answer(self, result: object) -> bytes:
        """Returns the body of the response, given the result of the command.

        Raises:
            NotCompiled: Strawberry has to write it.
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
        """Compiles the mutation for these values of the variables in its conditions.

        Raises:
            NotCompiled: It has other fields, or contains something that is not supported.
        """
        fields = operation.fields(variables)
        if len(fields) != 1:
            raise NotCompiled
        ((key, found),) = fields.items()
        node = found[0].node
        name = node.name.value
        definition, selections = operation.root.fields[name], operation.selections(variables)
        command = declaration_of(definition)
        if not isinstance(command, InputCommand) or [each.name.value for each in node.arguments or ()] != [_INPUT]:
            raise NotCompiled
        payload = cast("GraphQLObjectType", type_below(definition))
        shape = selections.shape(key, name, payload, found)
        if selections.nested:
            raise NotCompiled
        finding = {**command.members, "user_errors": _user_errors}
        binder = operation.made.arguments.of(definition, node, are_shared=False)
        return cls(key, binder, writer(payload, shape.members, finding.__getitem__))

    def bound(self, variables: VariableValues) -> Change:
        """Returns the change with these variables.

        Raises:
            NotCompiled: An argument is invalid.
            DomainError: No command can be made of the input.
        """
        given = self.binder.bound(variables)[_INPUT]
        return Change(command=given.command(), input=given, key=self.key, write=self.write)
