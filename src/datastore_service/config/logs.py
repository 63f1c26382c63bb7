"""Sets up logging: one handler on stderr, in lines for people or in JSON for machines."""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, override

from starlette.requests import ClientDisconnect

from datastore_service.config.settings import ObservabilitySettings

_SERVER_LOGGERS: Final = ("uvicorn", "uvicorn.access", "uvicorn.asgi", "uvicorn.error")
# They announce each of their own steps at each start; what went wrong, and what changed, is told elsewhere.
_TALKATIVE: Final = ("alembic.runtime.plugins", "alembic.runtime.migration", "uvicorn.error")
# What is no extra: the members of every record, those that formatters add, and uvicorn's copy of a message in colour.
_STANDARD: Final = {*vars(logging.makeLogRecord({})), "asctime", "color_message", "message"}
# A client that leaves, and a request that is cut off when the time to shut down is over, are no faults of the service.
_DEPARTURES: Final = (ClientDisconnect, asyncio.CancelledError)
_JSON: Final = json.JSONEncoder(default=str)


_context: Final[ContextVar[Mapping[str, str] | None]] = ContextVar("log_context", default=None)


def bind(**ids: str) -> None:
    """Adds ids to all that is logged from here on in this task, and in those that it starts."""
    bound = _context.get()
    _context.set({**bound, **ids} if bound else ids)


def configure_logging(observability: ObservabilitySettings) -> None:
    """Makes the root logger write as the settings say, and sends uvicorn's messages the same way."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if observability.log_format == "json" else TextFormatter())
    handler.addFilter(_is_no_departure)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(observability.log_level)
    for name in _SERVER_LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """Writes the time, the level, the logger, the message and the extras as `key=value`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        time = f"{self.formatTime(record, '%H:%M:%S')}.{record.msecs:03.0f}"
        extras = "".join(f" {name}={_readable(value)}" for name, value in _extras(record).items())
        line = f"{time} {record.levelname:<7} {record.name}: {record.getMessage().rstrip()}{extras}"
        trace = _trace(self, record)
        return f"{line}\n{trace}" if trace else line


class JsonFormatter(logging.Formatter):
    """Writes one JSON object a line, with the extras as members."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        members: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage().rstrip(),
        }
        trace = _trace(self, record)
        return _JSON.encode(_extras(record) | members | ({"exception": trace} if trace else {}))


def _extras(record: logging.LogRecord) -> dict[str, object]:
    extras: dict[str, object] = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    extras.update(_context.get() or {})
    return extras


def _readable(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and text and " " not in text else repr(text)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""


def _is_no_departure(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], _DEPARTURES))
