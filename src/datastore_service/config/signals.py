"""The signals that end a process of the service."""

import signal


def ending_signals() -> tuple[signal.Signals, ...]:
    """Returns SIGTERM and, unless the process was started with it ignored, SIGINT.

    `nohup`, and shells that start something in the background, have SIGINT ignored so that Ctrl-C, which is for what
    runs in the foreground, does not end it. By convention a program leaves an ignored SIGINT as it is.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return (signal.SIGTERM,)
    return (signal.SIGINT, signal.SIGTERM)
