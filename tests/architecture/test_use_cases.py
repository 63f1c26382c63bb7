"""Each message has exactly one handler, and it fits."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from datastore_service.application import commands, queries
from datastore_service.application.messages import Command, Handler, Message, Query
from datastore_service.application.registry import HANDLERS


def messages_in(package: ModuleType, kind: type[Message[Any]]) -> Iterator[type[Message[Any]]]:
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        members = vars(import_module(module.name)).values()
        yield from (m for m in members if isinstance(m, type) and issubclass(m, kind) and m.__module__ == module.name)


def result_of(message: type[Message[Any]]) -> object:
    base = next(base for base in vars(message)["__orig_bases__"] if get_origin(base) in {Command, Query})
    return get_args(base)[0]


def test_every_message_is_in_the_registry() -> None:
    found = [*messages_in(commands, Command), *messages_in(queries, Query)]

    assert set(found) == set(HANDLERS)
    assert len(set(HANDLERS.values())) == len(HANDLERS)


@pytest.mark.parametrize(("message", "handler"), HANDLERS.items(), ids=lambda value: value.__name__)
def test_a_handler_takes_its_message_and_gives_its_result(
    message: type[Message[Any]], handler: type[Handler[Any, Any]]
) -> None:
    hints = get_type_hints(handler.handle)
    result = hints.pop("return")

    assert list(hints.values()) == [message]
    assert result == (type(None) if result_of(message) is None else result_of(message))


@pytest.mark.parametrize("message", HANDLERS, ids=lambda message: message.__name__)
def test_a_message_is_frozen_and_described(message: type[Message[Any]]) -> None:
    assert vars(message)["__dataclass_params__"].frozen
    assert not hasattr(message, "__dict__") or "__slots__" in vars(message)
    assert (message.__doc__ or "").endswith(".")


@pytest.mark.parametrize("package", [commands, queries])
def test_there_is_one_use_case_a_file(package: ModuleType) -> None:
    kind: type[Message[Any]] = Command if package is commands else Query
    files = [module.name for module in pkgutil.iter_modules(package.__path__)]

    assert len(list(messages_in(package, kind))) == len(files)
