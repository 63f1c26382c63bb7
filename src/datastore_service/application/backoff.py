"""How long to wait before another attempt at what has failed."""

import random
from typing import Final

_MOST_DOUBLINGS: Final = 60
"""More would soon be no float; a bound of so many is past any `longest`."""


def backoff(failures: int, *, first: float, longest: float) -> float:
    """Returns how many seconds to wait: exponential back-off with full jitter.

    The result is a random time between zero and a bound. Processes that lost the same server at the same moment
    therefore do not come back at the same moment.

    Args:
        failures: How many attempts have failed in succession, at least 1.
        first: The bound after the first failure, in seconds; it doubles with each further one.
        longest: What the bound grows to, in seconds.
    """
    bound = min(longest, first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
    return random.uniform(0, bound)  # noqa: S311 - nothing secret
