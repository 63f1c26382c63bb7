"""How long tests wait for what comes at once on an idle machine."""

from typing import Final

PATIENCE: Final = 120
"""Seconds after which it will not come, however busy the machine is."""
