"""Commands that change records are tried without locks, unless they are listed here with the reason (adr/0050)."""

import inspect
from typing import Final

from datastore_service.application.messages import LockingCommand
from datastore_service.application.registry import HANDLERS
from datastore_service.application.write import commands

WITH_LOCKS: Final = {
    "CreateIndex": "changes the schema of the database, which is no unit of work",
    "DeleteCollection": "changes a collection",
    "DeleteRecord": "ends the links of the record",
    "DropIndex": "changes the schema of the database, which is no unit of work",
    "ImportRecords": "takes lines from a client, which cannot be had again",
    "LinkRecords": "changes links",
    "PatchCollection": "changes a collection",
    "PurgeRevisions": "removes history",
    "PurgeTombstones": "removes history",
    "PutCollection": "changes a collection",
    "RevertCollection": "reads history",
    "RevertRecord": "reads history",
    "UnlinkRecords": "changes links",
}


def test_commands_on_records_take_the_fast_path_or_are_listed_with_the_reason() -> None:
    locking = {
        message.__name__
        for message, handler in HANDLERS.items()
        if message.__module__.startswith(commands.__name__)
        and issubclass(message, LockingCommand)
        # Aggregates of one's own are always changed with locks.
        and "work.repository(" not in inspect.getsource(handler)
    }

    slow = locking - WITH_LOCKS.keys()
    assert not slow, f"Derive from Command, or say here why locks are needed: {', '.join(sorted(slow))}."
    assert WITH_LOCKS.keys() <= locking, f"These need no reason any more: {WITH_LOCKS.keys() - locking}."
