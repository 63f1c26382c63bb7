"""docs/examples/bearer: what it says of each message is decided, also of those that are added later."""

from typing import Final

from datastore_service.application.feed.use_cases.delete_consumer import DeleteConsumer
from datastore_service.application.feed.use_cases.delete_webhook import DeleteWebhook
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.get_webhook import GetWebhook
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers
from datastore_service.application.feed.use_cases.list_dead_letters import ListDeadLetters
from datastore_service.application.feed.use_cases.list_webhooks import ListWebhooks
from datastore_service.application.feed.use_cases.measure_webhooks import MeasureWebhooks
from datastore_service.application.feed.use_cases.patch_consumer import PatchConsumer
from datastore_service.application.feed.use_cases.patch_webhook import PatchWebhook
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.use_cases.replay_dead_letters import ReplayDeadLetters
from datastore_service.application.messages import Composite
from datastore_service.application.read.queries.check_readiness import CheckReadiness
from datastore_service.application.read.queries.count_purgeable import CountPurgeable
from datastore_service.application.registry import HANDLERS
from datastore_service.application.write.commands.create_index import CreateIndex
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.drop_index import DropIndex
from datastore_service.application.write.commands.patch_collection import PatchCollection
from datastore_service.application.write.commands.purge_revisions import PurgeRevisions
from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.revert_collection import RevertCollection
from docs.examples.bearer.reading import READING
from docs.examples.bearer.writing import CHANGING

OPERATION: Final = frozenset(
    {
        CreateIndex, DropIndex, PutCollection, PatchCollection, DeleteCollection, RevertCollection, PurgeRevisions,
        PurgeTombstones, CountPurgeable, PutConsumer, PatchConsumer, DeleteConsumer, GetConsumer, ListConsumers,
        PutWebhook, PatchWebhook, DeleteWebhook, GetWebhook, ListWebhooks, ListDeadLetters, ReplayDeadLetters,
        MeasureWebhooks,
    }
)  # fmt: skip
"""What needs the scope admin: it is about the store as a whole, or tells of all collections at once."""

FREE: Final = frozenset({CheckReadiness})


def test_says_of_each_message_who_may_send_it() -> None:
    decided = [*READING, *CHANGING, *OPERATION, *FREE]
    sent = {message for message in HANDLERS if not issubclass(message, Composite)}

    undecided = {message.__name__ for message in sent - set(decided)}
    assert not undecided, (
        f"Add {undecided} to READING or CHANGING in docs/examples/bearer, and narrow it there to the collections that "
        "are granted, or to OPERATION here if it needs the scope admin."
    )
    assert set(decided) == sent
    assert len(decided) == len(set(decided))
