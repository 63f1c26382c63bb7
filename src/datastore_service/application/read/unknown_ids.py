"""A placeholder for ids that another query of the same statement finds."""

from collections.abc import Sequence
from typing import Final, overload, override
from uuid import UUID

from datastore_service.application.messages import NotReadableAtOnce, Unknown


class _UnknownIds(Unknown, Sequence[UUID]):
    """The ids of what another query finds in the same statement.

    A reader of the ids, such as an authorization that decides by them, has the query sent again when they are known.
    """

    @overload
    def __getitem__(self, index: int) -> UUID: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[UUID]: ...
    @override
    def __getitem__(self, index: int | slice) -> UUID | Sequence[UUID]:
        raise NotReadableAtOnce("The ids are not known yet.")

    @override
    def __len__(self) -> int:
        raise NotReadableAtOnce("The ids are not known yet.")


UNKNOWN_IDS: Final[Sequence[UUID]] = _UnknownIds()
