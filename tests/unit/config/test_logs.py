import asyncio
import json
import logging
from collections.abc import Callable, Generator

import pytest
from starlette.requests import ClientDisconnect

from datastore_service.config.loader import load_settings
from datastore_service.config.logs import bind, configure_logging

type Configure = Callable[..., None]


@pytest.fixture
def configure() -> Generator[Configure]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield lambda *overrides: configure_logging(
        load_settings([f"observability.{o}" for o in overrides], {}).observability
    )
    root.handlers = handlers
    root.setLevel(level)


def test_text_is_a_line_with_the_extras_at_its_end(configure: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    configure("log_format=text")

    logging.getLogger("datastore.test").info("Sent %s", "it", extra={"outcome": "ok", "reason": "a b", "ms": 3})

    time, _, line = capsys.readouterr().err.partition(" ")
    assert len(time) == len("12:00:00.000")
    assert line == "INFO    datastore.test: Sent it outcome=ok reason='a b' ms=3\n"


def test_text_keeps_a_forged_line_inside_its_own(configure: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    configure("log_format=text")

    logging.getLogger("datastore.test").info("Sent", extra={"path": "/a\n12:00 ERROR"})

    assert capsys.readouterr().err.endswith("Sent path='/a\\n12:00 ERROR'\n")


def test_json_is_an_object_a_line_with_the_extras_as_members(
    configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("log_format=json")

    logging.getLogger("datastore.test").warning("Sent %s", "it\n", extra={"outcome": "ok", "ms": 3, "level": "mine"})

    (line,) = capsys.readouterr().err.splitlines()
    logged = json.loads(line)
    assert logged.pop("time").endswith("+00:00")
    assert logged == {"level": "WARNING", "logger": "datastore.test", "message": "Sent it", "outcome": "ok", "ms": 3}


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_error_comes_with_its_traceback(
    log_format: str, configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(f"log_format={log_format}")

    try:
        raise LookupError("lost")
    except LookupError:
        logging.getLogger("datastore.test").exception("Failed")

    assert "LookupError: lost" in capsys.readouterr().err


def test_logs_nothing_below_the_level(configure: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    configure("log_level=warning")

    logging.getLogger("datastore.test").info("Sent")

    assert capsys.readouterr().err == ""


def test_uvicorn_writes_through_the_same_handler(configure: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    uvicorn = logging.getLogger("uvicorn")
    uvicorn.addHandler(logging.StreamHandler())
    uvicorn.propagate = False

    configure("log_format=json")
    logging.getLogger("uvicorn.error").warning("Shutting down", extra={"color_message": "red"})

    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "Shutting down"
    assert "color_message" not in line


@pytest.mark.parametrize("departure", [ClientDisconnect(), asyncio.CancelledError()])
def test_a_client_that_leaves_causes_no_traceback(
    departure: BaseException, configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()

    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=departure)

    assert capsys.readouterr().err == ""


def test_configuring_twice_leaves_one_handler(configure: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    configure()

    logging.getLogger("datastore.test").info("Sent")

    assert len(capsys.readouterr().err.splitlines()) == 1


async def test_ids_are_in_every_line_of_their_task_and_of_no_other(
    configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work(name: str) -> None:
        bind(request_id=name)
        await asyncio.sleep(0)
        bind(trace_id=name.upper())
        logging.getLogger("datastore.test").info("Works", extra={"request_id": "forged"})

    configure("log_format=json")

    await asyncio.gather(*(asyncio.create_task(work(name)) for name in ("a", "b")))
    logging.getLogger("datastore.test").info("Rests")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line.get("request_id"), line.get("trace_id")) for line in lines] == [("a", "A"), ("b", "B"), (None, None)]
