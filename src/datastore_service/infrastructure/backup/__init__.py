"""Backups in pg_dump's custom format, and their restoration (adr/0056)."""

from datastore_service.infrastructure.backup.dumping import back_up
from datastore_service.infrastructure.backup.programs import BackupError
from datastore_service.infrastructure.backup.restoring import Restored, restore

__all__ = ["BackupError", "Restored", "back_up", "restore"]
