"""Classes of what never changes, for objects that are made by the hundred."""

from dataclasses import dataclass, field
from typing import dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def immutable[T](cls: type[T]) -> type[T]:
    """Makes a dataclass whose attributes must not be set: Pyright checks that, Python does not (adr/0065)."""
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)
