"""Checks of this machine: installed versions, and the disk."""

import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Final

from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.infrastructure.doctor.findings import Finding, problem, warning

_LOW: Final = 1 << 30
_TOO_LOW: Final = 100 << 20


def versions() -> Finding:
    """Reports the versions of the main packages."""
    return Finding(
        name="versions", detail=f"Datastore {version('datastore-service')}, Python {platform.python_version()}"
    )


def disk(settings: DatabaseSettings) -> Finding:
    """Checks the disk of the embedded database; that of another server cannot be seen from here."""
    if settings.url is not None:
        return Finding(name="disk", detail="of the database's server: not visible from here")
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    seen = f"{_size(free)} free for {settings.data_dir}"
    advice = "Make room, or name a folder on another disk with DATASTORE_DATA_DIR."
    if free < _TOO_LOW:
        return problem("disk", seen, advice)
    return warning("disk", seen, advice) if free < _LOW else Finding(name="disk", detail=seen)


def data_folder(folder: Path) -> Finding | None:
    """Reports that there is no embedded database yet, so that none is created only to be checked."""
    if (folder / "postgres").exists():
        return None
    return Finding(name="database", detail=f"none yet: `datastore serve` makes an embedded one in {folder}")


def _size(number: int) -> str:
    return f"{number / (1 << 30):.1f} GiB" if number >= 1 << 30 else f"{number >> 20} MiB"
