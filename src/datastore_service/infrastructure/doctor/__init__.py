"""What `datastore doctor` looks at, and what it advises (adr/0057)."""

from datastore_service.infrastructure.doctor.examination import examine
from datastore_service.infrastructure.doctor.findings import Finding, State

__all__ = ["Finding", "State", "examine"]
