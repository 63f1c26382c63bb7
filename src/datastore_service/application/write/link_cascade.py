"""What becomes of the links of a record that is deleted."""

from uuid import UUID

from datastore_service.application.limits import Limits
from datastore_service.application.write.ports.unit_of_work import UnitOfWork
from datastore_service.domain.errors import RecordLinked


async def cascade_links(record_id: UUID, work: UnitOfWork, limits: Limits) -> None:
    """Removes the links from and to the record.

    Raises:
        RecordLinked: Another record links to it, and the setting `on_delete` is `restrict`.
    """
    if limits.on_delete == "restrict" and (link := await work.links.any_to(record_id)):
        raise RecordLinked(record_id, link.source, link.relation)
    await work.links.detach(record_id)
