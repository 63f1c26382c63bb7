"""The one way into the application."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import pytest

from datastore_service.application.mediator import Behaviour, Mediator, Step, UnknownMessage
from datastore_service.application.messages import Command, Composite, Message, NotReadableAtOnce, Query


@dataclass(frozen=True, slots=True)
class Greet(Query[str]):
    name: str


@dataclass(frozen=True, slots=True)
class Forget(Command[None]):
    pass


class Refused(Exception):
    pass


@dataclass(slots=True)
class Greeter:
    journal: list[str] = field(default_factory=list[str])

    async def handle(self, query: Greet) -> str:
        self.journal.append(f"greet {query.name}")
        return f"Hello {query.name}"


class Refuser:
    async def handle(self, _command: Forget, /) -> None:
        raise Refused


def noting(name: str, journal: list[str]) -> Behaviour:
    async def note(following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        journal.append(f"before {name}")
        try:
            return await following(message)
        finally:
            journal.append(f"after {name}")

    return note


async def refuse_strangers(following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
    return "Who are you?" if message == Greet("stranger") else await following(message)


async def rename(following: Step, _message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
    return await following(Greet("somebody else"))


async def test_returns_the_result_of_the_handler() -> None:
    mediator = Mediator({Greet: Greeter(), Forget: Refuser()})

    assert await mediator.send(Greet("Ada")) == "Hello Ada"


async def test_raises_the_error_of_the_handler() -> None:
    mediator = Mediator({Greet: Greeter(), Forget: Refuser()}, [noting("a", [])])

    with pytest.raises(Refused):
        await mediator.send(Forget())


async def test_the_first_behaviour_is_the_outermost() -> None:
    journal: list[str] = []
    mediator = Mediator({Greet: Greeter(journal)}, [noting("first", journal), noting("second", journal)])

    answer = await mediator.send(Greet("Ada"))

    assert answer == "Hello Ada"
    assert journal == ["before first", "before second", "greet Ada", "after second", "after first"]


async def test_behaviours_surround_every_handler_and_every_send() -> None:
    journal: list[str] = []
    mediator = Mediator({Greet: Greeter(), Forget: Refuser()}, [noting("a", journal)])

    await mediator.send(Greet("Ada"))
    await mediator.send(Greet("Bob"))
    with pytest.raises(Refused):
        await mediator.send(Forget())

    assert journal == ["before a", "after a"] * 3


async def test_a_behaviour_may_return_a_result_itself() -> None:
    greeter = Greeter()
    mediator = Mediator({Greet: greeter}, [refuse_strangers])

    assert await mediator.send(Greet("stranger")) == "Who are you?"
    assert await mediator.send(Greet("Ada")) == "Hello Ada"
    assert greeter.journal == ["greet Ada"]


async def test_a_behaviour_may_send_another_message_on() -> None:
    mediator = Mediator({Greet: Greeter()}, [rename])

    assert await mediator.send(Greet("Ada")) == "Hello somebody else"


@dataclass(frozen=True, slots=True)
class NotesGreetings:
    journal: list[Message[Any]] = field(default_factory=list[Message[Any]])

    def concerns(self, message: type[Message[Any]], /) -> bool:
        return issubclass(message, Greet)

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        self.journal.append(message)
        return following(message)


async def test_a_behaviour_may_choose_the_types_of_messages_that_it_surrounds() -> None:
    notes = NotesGreetings()
    mediator = Mediator({Greet: Greeter(), Forget: Refuser()}, [notes])

    assert await mediator.send(Greet("Ada")) == "Hello Ada"
    with pytest.raises(Refused):
        await mediator.send(Forget())

    assert notes.journal == [Greet("Ada")]


async def test_refuses_a_message_that_nothing_handles() -> None:
    journal: list[str] = []
    mediator = Mediator({Greet: Greeter()}, [noting("a", journal)])

    with pytest.raises(UnknownMessage, match=r"Nothing handles Forget; add it to application/registry\.py"):
        await mediator.send(Forget())

    assert journal == []


@dataclass(frozen=True, slots=True)
class GreetAll(Composite[str]):
    names: tuple[str, ...]

    @property
    def parts(self) -> list[Greet]:
        return [Greet(name) for name in self.names]


class CrowdGreeter:
    async def handle(self, query: GreetAll) -> str:
        return f"Hello {', '.join(query.names)}"


async def test_behaviours_see_the_parts_of_a_composite_and_not_itself() -> None:
    seen: list[Message[Any]] = []

    async def note(following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        seen.append(message)
        return await following(message)

    answer = await Mediator({GreetAll: CrowdGreeter()}, [note]).send(GreetAll(("Ada", "Bob")))

    assert answer == "Hello Ada, Bob"
    assert seen == [Greet("Ada"), Greet("Bob")]


async def test_a_behaviour_chooses_by_the_types_of_the_parts() -> None:
    notes = NotesGreetings()

    await Mediator({GreetAll: CrowdGreeter()}, [notes]).send(GreetAll(("Ada", "Bob")))

    assert notes.journal == [Greet("Ada"), Greet("Bob")]


async def test_a_behaviour_that_refuses_a_part_refuses_the_composite() -> None:
    mediator = Mediator({GreetAll: CrowdGreeter()}, [refuse_strangers])

    assert await mediator.send(GreetAll(("Ada", "stranger"))) == "Who are you?"


async def test_an_empty_composite_is_answered() -> None:
    assert await Mediator({GreetAll: CrowdGreeter()}, [refuse_strangers]).send(GreetAll(())) == "Hello "


async def test_a_composite_with_a_narrowed_part_is_not_read_in_one_statement() -> None:
    async def first_name_only(following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        return await following(Greet(message.name[:3]) if isinstance(message, Greet) else message)

    with pytest.raises(NotReadableAtOnce):
        await Mediator({GreetAll: CrowdGreeter()}, [first_name_only]).send(GreetAll(("Ada", "Bob")))
