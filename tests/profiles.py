"""How far Hypothesis looks, by the environment variable HYPOTHESIS_PROFILE.

How long one example takes says more about the machine than about the code: there is no deadline.
"""

import os
from typing import Final

from hypothesis import settings

_FEW: Final = 10
_MANY: Final = 50


def load() -> None:
    """Takes up the profile, for all properties that are imported after."""
    settings.register_profile("fast", max_examples=5, deadline=None, derandomize=True)
    settings.register_profile("gate", max_examples=_FEW, deadline=None, derandomize=True)
    settings.register_profile("long", max_examples=_MANY, deadline=None, derandomize=True)
    # Looks further, and elsewhere at each run: HYPOTHESIS_PROFILE=search uv run just test
    settings.register_profile("search", max_examples=5000, deadline=None)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


def costly(long: int) -> int:
    """Returns how many examples a property is tried on that takes long for each: so many, but in the gate a third."""
    return long // 3 if os.environ.get("HYPOTHESIS_PROFILE", "gate") == "gate" else long
