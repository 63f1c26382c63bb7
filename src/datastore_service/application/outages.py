"""Outages in the log: a loop that tries again and again warns when one begins, and says when it has ended."""

import logging


class Outage:
    """One kind of outage of one loop.

    It may begin and end many times. Each time the log has one line when it begins and one when it has ended, however
    many attempts fail in between.
    """

    def __init__(self, log: logging.Logger, *, begun: str, ended: str) -> None:
        """Makes an outage that has not begun.

        Args:
            log: Where to log.
            begun: What does not work, without a full stop; the error follows.
            ended: What works again, as a sentence.
        """
        self._log = log
        self._begun = begun
        self._ended = ended
        self._has_warned = False
        self._unexpected: set[type[Exception]] = set()

    def goes_on(self, error: Exception) -> None:
        """Warns, if this is the first failure of the outage."""
        if not self._has_warned:
            self._has_warned = True
            self._log.warning("%s: %s", self._begun, error)

    def goes_on_unexpectedly(self, error: Exception) -> None:
        """Logs the error with its traceback, if it is the first one of its type in the outage."""
        if type(error) not in self._unexpected:
            self._unexpected.add(type(error))
            self._log.error("%s.", self._begun, exc_info=error)

    def is_over(self) -> None:
        """Says so, if an outage had begun."""
        if self._has_warned or self._unexpected:
            self._has_warned = False
            self._unexpected.clear()
            self._log.info(self._ended)
