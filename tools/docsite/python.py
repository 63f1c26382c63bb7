"""The application's interface in Python as a page: what mkdocstrings is to show."""

import pkgutil
from typing import Final

from datastore_service.application import ports
from datastore_service.application.messages import Command
from datastore_service.application.registry import HANDLERS
from docsite.markdown import page

_INTRODUCTION: Final = """
REST and GraphQL translate; what happens is said here. Each message is sent through the mediator and has one handler.
"""


def python_page() -> str:
    """Returns the page of the mediator, each message with its handler, and each port."""
    commands = sorted(message.__module__ for message in HANDLERS if issubclass(message, Command))
    queries = sorted(message.__module__ for message in HANDLERS if not issubclass(message, Command))
    owned = [found.name for found in pkgutil.iter_modules(ports.__path__, f"{ports.__name__}.")]
    sections = {
        "Mediator": ["datastore_service.application.messages", "datastore_service.application.mediator"],
        "Commands": commands,
        "Queries": queries,
        "Ports": [*owned, "datastore_service.domain.records.repository"],
        "Record": ["datastore_service.domain.records.record", "datastore_service.domain.errors"],
    }
    return page(
        "# Python",
        _INTRODUCTION,
        *(
            part
            for title, modules in sections.items()
            for part in (f"## {title}", *(f"::: {name}" for name in modules))
        ),
    )
