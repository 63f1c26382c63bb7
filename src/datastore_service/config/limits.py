"""What the settings say of the use cases, as those take it."""

from datetime import timedelta

from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.limits import Limits
from datastore_service.config.settings import Settings, WebhookSettings
from datastore_service.domain.typed.limits import TypingLimits


def limits_of(settings: Settings) -> Limits:
    """Returns the limits that concern the use cases."""
    return Limits(
        answers_kept_for=timedelta(hours=settings.limits.idempotency_hours),
        batch_operations=settings.limits.batch_operations,
        on_delete=settings.links.on_delete,
        filter_depth=settings.limits.filter_depth,
        filter_values=settings.limits.filter_values,
        order_keys=settings.limits.order_keys,
        large_collection=settings.advice.large_collection,
        groups=settings.limits.groups,
        search_language=settings.database.search_language,
        streams=settings.limits.streams,
        page_bytes=settings.limits.page_bytes,
        poll_seconds=settings.limits.poll_seconds,
        as_of_seconds=settings.limits.as_of_seconds,
        typing=TypingLimits(
            max_collections=settings.typing.max_collections,
            max_members=settings.typing.max_members,
            max_depth=settings.typing.max_depth,
            unique_rules=settings.typing.unique_rules,
            references=settings.typing.references,
        ),
        documents_per_part=settings.typing.documents_per_part,
    )


def rules_of(settings: WebhookSettings) -> WebhookRules:
    """Returns what holds for webhooks."""
    return WebhookRules(
        allowed_hosts=settings.allowed_hosts,
        timeout_seconds=settings.timeout_seconds,
        most_failures=settings.most_failures,
        first_delay_seconds=settings.first_delay_seconds,
        longest_delay_seconds=settings.longest_delay_seconds,
    )
