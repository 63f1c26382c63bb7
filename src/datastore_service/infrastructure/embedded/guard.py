"""Runs one program of PostgreSQL for as long as Datastore lives; started as a script, with the standard library alone.

Standard input is a pipe whose other end only Datastore holds. When it closes, because Datastore stops or was killed,
this script stops the program. It needs no signal that could get lost, and works the same on Linux and macOS.
"""

import os
import resource
import signal
import subprocess
import sys
import threading
from types import FrameType
from typing import Final

FAST_SHUTDOWN_SECONDS: Final = 10.0
"""The time for a fast shutdown with its checkpoint; after that comes an immediate one, from which a start recovers."""

_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""The only variables that the program inherits: neither PGDATA and the like, nor secrets."""

_GIVEN: Final = {"LC_ALL": "C", "MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
"""The second one has glibc give blocks from a megabyte on back to the system: it kept them after a large statement."""


def guard(lock: int, runtime: str, uid: int, gid: int, memory: int, command: list[str]) -> int:
    """Runs the command until it ends or the pipe closes.

    Args:
        lock: The descriptor of a locked file. The program and its children inherit it, so the lock is held until the
        last
            of them has ended. The file contains the id of the process to stop.
        runtime: The folder to remove once no process uses it.
        uid: The user to run the command as; -1 for the present user.
        gid: The group to run the command as.
        memory: How many bytes each of its processes may take besides shared memory, on Linux.
        command: The program and its arguments.

    Returns:
        The program's exit status; 128 + N if signal N ended it.
    """
    # Datastore itself handles signals from a terminal or systemd. A handler is set, because ignoring would be
    # inherited.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave_to_datastore)
    if sys.platform == "linux":
        # The program and its children inherit the limit; shared memory does not count.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        child = _start(lock, uid, gid, command)
    except OSError as error:
        sys.stderr.write(f"error: {command[0]}, as user {uid if uid >= 0 else os.getuid()}: {error.strerror}\n")
        return 127
    os.ftruncate(lock, 0)
    os.pwrite(lock, b"%d\n" % child.pid, 0)
    orphaned = threading.Event()
    threading.Thread(target=_stop_with_datastore, args=(child, orphaned), daemon=True).start()
    status = child.wait()
    os.ftruncate(lock, 0)
    if orphaned.is_set():
        import shutil  # noqa: PLC0415 - a third of the start-up time, and rarely needed

        shutil.rmtree(runtime, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _start(lock: int, uid: int, gid: int, command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - Datastore composed the command, and no shell runs it
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=(lock,),
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _GIVEN,
        user=uid if uid >= 0 else None,
        group=gid if uid >= 0 else None,
        extra_groups=[] if uid >= 0 else None,
    )


def _leave_to_datastore(_number: int, _frame: FrameType | None) -> None:
    pass


def _stop_with_datastore(child: subprocess.Popen[bytes], orphaned: threading.Event) -> None:
    os.read(0, 1)
    orphaned.set()
    child.send_signal(signal.SIGINT)
    try:
        child.wait(FAST_SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(guard(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6:]))
