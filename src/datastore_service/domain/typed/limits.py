"""How large a typed collection may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingLimits:
    """Limits of typed collections.

    Attributes:
        max_collections: How many typed collections there may be.
        max_members: How many members its types may have together.
        max_depth: How deep objects, lists and alternatives may be nested.
        unique_rules: How many unique rules it may have.
        references: How many members may be references.
    """

    max_collections: int = 500
    max_members: int = 500
    max_depth: int = 8
    unique_rules: int = 8
    references: int = 16
