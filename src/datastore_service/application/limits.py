"""How much the use cases allow."""

from dataclasses import dataclass, field
from datetime import timedelta

from datastore_service.domain.links.link import OnDelete
from datastore_service.domain.typed.limits import TypingLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits that hold through every facade.

    Attributes:
        answers_kept_for: For how long a request with an `Idempotency-Key` gets its first response again.
        batch_operations: How many operations a batch may have.
        large_collection: Minimum collection size for which a missing index is reported.
        on_delete: What becomes of the links to a record that is to be deleted.
        filter_depth: How many levels a filter may have.
        filter_values: With how many values a filter may compare.
        order_keys: By how many fields a list may be ordered, and groups by how many names.
        groups: How many groups an aggregate may have.
        search_language: PostgreSQL's text search configuration that words are made and looked for with.
        streams: How many may follow the changes at the same time, in one process.
        page_bytes: How many bytes the payloads of a page may have; one record always comes.
        poll_seconds: Seconds between polls for changes that arrived without a notification.
        as_of_seconds: For how many seconds a query waits until the time that it asks for is closed.
        typing: How large typed collections may be.
        documents_per_part: How many documents are held against a schema before other requests have their turn.
    """

    answers_kept_for: timedelta = timedelta(hours=24)
    batch_operations: int = 1000
    large_collection: int = 10_000
    on_delete: OnDelete = "restrict"
    filter_depth: int = 10
    filter_values: int = 1000
    order_keys: int = 5
    groups: int = 1000
    search_language: str = "simple"
    streams: int = 10_000
    page_bytes: int = 16 * 1024 * 1024
    poll_seconds: float = 2.0
    as_of_seconds: float = 5.0
    typing: TypingLimits = field(default_factory=TypingLimits)
    documents_per_part: int = 1000
