"""Runs one program of PostgreSQL for as long as Datastore lives; started as a script, with the standard library alone.

Standard input is a pipe whose other end only Datastore holds. When it closes, because Datastore stops or because it was
killed, the program is stopped. That needs no signal that could get lost, and works the same on Linux and macOS.
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
"""What a fast shutdown, with its checkpoint, may take before the immediate one, which the next start recovers from."""

_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that the program sees of the environment: neither PGDATA and its like, nor anybody's secrets."""


def guard(lock: int, runtime: str, uid: int, gid: int, memory: int, command: list[str]) -> int:
    """Runs the command until it ends or the pipe closes.

    Args:
        lock: The descriptor of a file that is locked. The program inherits it, and so do its children: the lock is held
            until the last of them is gone. The file names the process to stop.
        runtime: The folder to remove when no other process is left to do it.
        uid: The user to run the command as, -1 for the own.
        gid: The group to run the command as.
        memory: The bytes that each process of it may take besides shared memory, on Linux.
        command: The program and its arguments.

    Returns:
        The program's exit status, 128 + N where signal N ended it.
    """
    # What a terminal or systemd sends to everyone is for Datastore to answer. A handler, as to ignore is inherited.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave_to_datastore)
    if sys.platform == "linux":
        # Inherited by the program and its children; what they share does not count.
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
        import shutil  # noqa: PLC0415 - a third of the start-up time, for what is rarely needed

        shutil.rmtree(runtime, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _start(lock: int, uid: int, gid: int, command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - Datastore composed the command, and there is no shell
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=(lock,),
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"LC_ALL": "C"},
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
