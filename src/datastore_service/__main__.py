"""`python -m datastore_service`: the `datastore` command, as a process that hears SIGTERM from its start."""

import os
import signal
from types import FrameType


def _end(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    # The kernel gives process 1 of a container no signal that it has no handler for, and what is imported next takes
    # a while. `serve` puts its own handler in the place of this one before it opens anything (adr/0013).
    signal.signal(signal.SIGTERM, _end)

    from datastore_service.cli import main

    main()
