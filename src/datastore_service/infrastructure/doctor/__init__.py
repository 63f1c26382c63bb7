"""The checks of `datastore doctor`, and their advice (adr/0057)."""

from datastore_service.infrastructure.doctor.examination import examine
from datastore_service.infrastructure.doctor.findings import Finding, State

__all__ = ["Finding", "State", "examine"]
