"""The table of contents: each message has its handler, and their types agree."""

import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, get_type_hints

import pytest

from datastore_service.application.feed import use_cases
from datastore_service.application.messages import Command, Handler, Message, Query, result_type
from datastore_service.application.read import queries
from datastore_service.application.registry import CHANGE_FEED, COMMANDS, HANDLERS, QUERIES
from datastore_service.application.write import commands

each_use_case = pytest.mark.parametrize(
    ("message", "handler"), HANDLERS.items(), ids=[message.__name__ for message in HANDLERS]
)


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield import_module(found.name)


def messages_in(package: ModuleType, kind: type[Message[Any]]) -> list[type[Message[Any]]]:
    return [
        member
        for module in modules_of(package)
        for member in vars(module).values()
        if inspect.isclass(member) and issubclass(member, kind) and member.__module__ == module.__name__
    ]


def names(messages: Iterable[type[Message[Any]]]) -> str:
    return ", ".join(sorted(message.__name__ for message in messages))


def test_lists_every_message_there_is_and_no_other() -> None:
    found = messages_in(commands, Command) + messages_in(queries, Query) + messages_in(use_cases, Message)

    missing, unknown = set(found) - set(HANDLERS), set(HANDLERS) - set(found)
    assert not missing, f"Add to its table in application/registry.py: {names(missing)}."
    assert not unknown, f"application/registry.py lists what no use-case file defines: {names(unknown)}."
    assert len(found) == len(set(found)), f"Two use-case files define the same message: {names(found)}."


@pytest.mark.parametrize(
    ("table", "package"),
    [(COMMANDS, commands), (QUERIES, queries), (CHANGE_FEED, use_cases)],
    ids=["commands", "queries", "change feed"],
)
def test_each_use_case_is_in_the_table_of_its_side_and_in_the_order_of_the_alphabet(
    table: Mapping[type[Message[Any]], object], package: ModuleType
) -> None:
    listed = [message.__name__ for message in table]

    assert {message.__module__.rpartition(".")[0] for message in table} == {package.__name__}
    assert listed == sorted(listed), "Sort the table in application/registry.py."


def test_keeps_commands_and_queries_apart() -> None:
    assert messages_in(commands, Query) == []
    assert messages_in(queries, Command) == []


def test_every_use_case_file_has_one_message() -> None:
    modules = [*modules_of(commands), *modules_of(queries), *modules_of(use_cases)]

    assert sorted(message.__module__ for message in HANDLERS) == sorted(module.__name__ for module in modules)


def test_no_handler_answers_two_messages() -> None:
    assert len(set(HANDLERS.values())) == len(HANDLERS)


@each_use_case
def test_a_handler_takes_its_message_and_returns_its_result(
    message: type[Message[Any]], handler: type[Handler[Any, Any]]
) -> None:
    _, parameter = inspect.signature(handler.handle).parameters
    types = get_type_hints(handler.handle)

    assert types[parameter] is message
    assert types["return"] == result_type(message)
    assert inspect.iscoroutinefunction(handler.handle)


@each_use_case
def test_a_message_and_its_handler_are_neighbours(
    message: type[Message[Any]], handler: type[Handler[Any, Any]]
) -> None:
    assert handler.__name__ == f"{message.__name__}Handler"
    assert handler.__module__ == message.__module__


@each_use_case
def test_a_message_can_only_be_read(message: type[Message[Any]], handler: type[Handler[Any, Any]]) -> None:
    for kind in (message, handler):
        assert is_dataclass(kind)
        assert "__dict__" not in dir(kind)
        assert kind.__setattr__ is not object.__setattr__


@each_use_case
def test_a_message_takes_its_parts_by_name(message: type[Message[Any]], handler: type[Handler[Any, Any]]) -> None:
    parameters = inspect.signature(message).parameters.values()

    assert {parameter.kind for parameter in parameters} <= {inspect.Parameter.KEYWORD_ONLY}, handler
