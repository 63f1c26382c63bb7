"""New identities."""

from typing import Protocol
from uuid import UUID


class IdGenerator(Protocol):
    """Makes ids for new records."""

    def new_id(self) -> UUID:
        """Returns a UUID version 7 (RFC 9562): unique, and greater than those made before by this process."""
        ...
