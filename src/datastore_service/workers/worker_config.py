"""What a worker has to know before it begins."""

import base64
import pickle
from dataclasses import dataclass, replace
from typing import Self, cast

from datastore_service.config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """A worker's place.

    Attributes:
        settings: The validated configuration.
        number: Which of the workers it is, from 1.
        address: Where the embedded PostgreSQL runs, if that is what holds the data.
    """

    settings: Settings
    number: int
    address: str | None

    def behind(self, number: int) -> Self:
        """Returns that of a worker who begins when another serves, so that there is nothing left to migrate."""
        database = self.settings.database.model_copy(update={"migrate": False})
        return replace(self, settings=self.settings.model_copy(update={"database": database}), number=number)

    def pack(self) -> str:
        """Writes it for a process of the same program, secrets and all."""
        return base64.b85encode(pickle.dumps(self)).decode()

    @classmethod
    def unpack(cls, packed: str) -> Self:
        """Reads what `pack` has written, which never comes from anybody else."""
        return cast("Self", pickle.loads(base64.b85decode(packed)))  # noqa: S301 - from the process that started this one
