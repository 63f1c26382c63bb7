"""The readers of aggregates of your own, in memory: what meets which port."""

from collections.abc import Mapping
from typing import Any, Final

READERS: Final[Mapping[Any, Any]] = {}
