"""What the members of records are said to be, in OpenAPI and in the SDL alike."""

from typing import Final

from datastore_service.domain.records.content import CONTENT_MEMBERS, CONTENT_NAMES

DOCUMENT: Final = f"`{{{', '.join(CONTENT_MEMBERS)}}}`"
"""What patches apply to, and differences are of."""

RECORD: Final = "A record."
NEW_RECORD: Final = "A record to create."
RECORD_CONTENT: Final = "What a record is to hold."

RECORD_ID: Final = "The record's id."
NEW_RECORD_ID: Final = "Left out, the service makes one (UUID version 7)."
COLLECTION: Final = "The collection; made on first use."
COLLECTION_OF_CONTENT: Final = "For a new record; of an existing one it must be the collection."
ONLY_COLLECTION: Final = "Only this collection."
TAG: Final = "Only records with this tag; given more than once, with all of them."
INCLUDE_DELETED: Final = "Tombstones as well; they have a `deleted_at`."
DELETED_AT: Final = "When it was deleted; only tombstones have it."
PAYLOAD_PATH: Final = (
    'Keys and indexes with dots between, such as `address.city`, `items[0].name` or `"a.b".c`; with `::time` at the '
    "end, as a time. Empty, it is the whole payload."
)
FIELDS: Final = (
    "Only these fields of the records, such as `id,payload.address.city`, each at its place; nothing else is read. "
    "An array has null for those items before the last that are not asked for. "
    "What a record has no value of is left out."
)
PICKED: Final = "A record, of which only `fields` are there."
SEARCH: Final = (
    'Only records in whose texts these words are: `"in a row"`, `one OR other`, `-without`; without another order, '
    "those that go best with them come first."
)
FUNCTION: Final = (
    "`count` records, or those with a value; `sum` and `avg` of numbers, exactly; `min` and `max` of texts, numbers, "
    "true and false."
)
GROUP_BY: Final = "Records with the same values in all of these fields are a group; without any, all are one."
MEASURES: Final = "What to work out for each group, by its name in the answer."
SORT: Final = (
    "What the list is ordered by: fields with commas between, each with a minus in front for the descending order, "
    "such as `-payload.age,created_at`. At last, ids decide."
)
SORT_KEYS: Final = "What the list is ordered by: fields, each with a minus in front for the descending order."
CURSOR: Final = "The `next_cursor` of the page before, with the same order."
FILTER_TREE: Final = (
    "Only records of which this holds: an object of fields with values or operators, and of `and`, `or` and `not`."
)
FILTER: Final = (
    "Only records of which this holds: `filter[FIELD]=VALUE` or `filter[FIELD][OPERATOR]=VALUE`, any number of times. "
    "Values are JSON; what is no JSON is a string."
)
PAYLOAD: Final = "Any JSON value."
TAGS: Final = "Each once; they come back sorted."
HELD_TAGS: Final = "Each once, sorted."
VERSION: Final = "Grows by 1 with each change; the ETag is this in quotes."
MERGE_PATCH: Final = f"A JSON Merge Patch (RFC 7396) of the document {DOCUMENT}."
PATCH: Final = (
    f"An object is a JSON Merge Patch (RFC 7396) of the document {DOCUMENT}, in which members given as null are "
    "removed; an array is a JSON Patch (RFC 6902) of it."
)
TIME: Final = "RFC 3339, UTC, with microseconds."

COLLECTION_ITSELF: Final = "A collection of records."
COLLECTION_NAME: Final = "The collection's name: 1 to 128 letters, digits, '_', '-' and '.'."
COLLECTION_VERSION: Final = "Grows by 1 with each change of the schema; the ETag is this in quotes."
SCHEMA: Final = (
    "The JSON Schema (draft 2020-12, unless `$schema` names another) that payloads have to fit; null takes any."
)
BATCH: Final = "Operations, applied in their order: all or none."
LOCAL_ID: Final = "What later operations call the new record."
LOCAL_ID_OF_RECORD: Final = "The `lid` of an earlier operation, in the place of the id."
REFERENCES: Final = (
    "Where ids of new records belong in the payload: JSON Pointers, and what operations call the records."
)

INDEX: Final = "An index on a place in the payloads of a collection, for filters and orders by it."
INDEX_PATH: Final = "The place, as filters name it: `payload.address.city`, or `payload.born::time` for times."
INDEX_STATE: Final = (
    "`building`; `ready`: it serves filters and orders; `failed`: it does not, and can be created again."
)
INDEX_PROGRESS: Final = "How much of it is built, from 0 to 1; null where it is not being built."
INDEX_SIZE: Final = "What it takes on disk, in bytes; null where nothing of it is there."
INDEX_FAILURE: Final = "Why it could not be built; null unless its state is `failed`."

RELATION: Final = "What the source is to the target, such as `author`: 1 to 128 letters, digits, '_', '-' and '.'."
ONLY_RELATION: Final = "Only links of this relation."
LINK_SOURCE: Final = "The id of the record that the link leads from."
LINK_TARGET: Final = "The id of the record that the link leads to."
LINK_SOURCE_LID: Final = "The `lid` of an earlier operation, in the place of the source's id."
LINK_TARGET_LID: Final = "The `lid` of an earlier operation, in the place of the target's id."
LINKED_RECORD: Final = "The record at the other end of the link."
SINCE: Final = (
    "A cursor that was given out before; `beginning`, or `now`. Left out, a page starts at the beginning of the log "
    "and a stream now."
)
WITH_SNAPSHOT: Final = (
    "Begin with the records as they are, each as an operation `snapshot`; what changes after that moment follows. A "
    "cursor goes on from where it was given out, in the snapshot or behind it."
)

RETENTION: Final = "What a purge keeps of the history of its records; null keeps all."
KEPT_REVISIONS: Final = "The newest of each record, so many."
KEPT_DAYS: Final = "Those of each record that were in force in the last so many days."
REVERT_AS_OF: Final = "The time (RFC 3339) at which the records were as they are to be again."
DRY_RUN: Final = "Only say what would change."
AT_VERSION: Final = "As it was at this version."
AS_OF: Final = "As a reader would have got it at this time (RFC 3339), which must have come."
REVERT_VERSION: Final = f"The version whose {CONTENT_NAMES} it is to have again."
REVERTED_TO: Final = f"The version whose {CONTENT_NAMES} it has again."
WITH_DIFF: Final = "Whether each revision comes with its difference to the one before."
OPERATION: Final = "What was done: `create`, `replace`, `patch`, `delete`, `restore` or `revert`."
REVISION_PAYLOAD: Final = "What the record has held since; of a deletion, what it had held."
ACTOR: Final = "The actor; `anonymous` if the service authenticates no one."
CORRELATION_ID: Final = "The `X-Request-Id` of the request that did it."
DIFF: Final = (
    f"The JSON Patch (RFC 6902) of {DOCUMENT} that makes this revision of the one before; null where that is not "
    "kept. Where documents are large it replaces whole members."
)
CHANGES: Final = (
    "Follow the changes of the records of one collection, or of all, as they are made: none is left out, none comes "
    "twice, and those of one record come in the order of its versions."
)
CHANGE_OPERATION: Final = (
    "What was done, such as `create`; `snapshot`: nothing, the record was so when the snapshot was taken."
)

CONSUMER_NAME: Final = "The consumer's name: 1 to 128 letters, digits, '_', '-' and '.'."
CONSUMER_CURSOR: Final = "The cursor of the last change that is dealt with; `beginning`, or `now`."
REWIND: Final = "Whether the consumer may move backwards, to be given changes again."
LAG_CHANGES: Final = "How many changes it has not acknowledged; they are counted up to 10,000."
LAG_SECONDS: Final = "For how long the first of them has been waiting, in seconds."
OF_CONSUMER: Final = "Go on from where this consumer is, in the place of `since`."
CONSUMER_MOVED: Final = f"{CONSUMER_CURSOR} Left out, the consumer stays where it is."
PUT_CONSUMER: Final = "Make a consumer, or acknowledge all changes before a cursor in its name."

PUT_WEBHOOK: Final = "Make or change a webhook: an address that is told of every change, with a signature."
WEBHOOK_NAME: Final = "The webhook's name: 1 to 128 letters, digits, '_', '-' and '.'."
WEBHOOK_URL: Final = "Where messages are posted to: http or https, on a host that the service may call."
SIGNING: Final = (
    "What messages are signed with, as Standard Webhooks has it: `whsec_` and the Base64 of 24 to 64 bytes. Left out, "
    "a new webhook gets one, and one that is there keeps its own. It is never shown again."
)
SIGNING_SHOWN: Final = "The secret that was made for a new webhook, this once; else null."
WEBHOOK_ENABLED: Final = "Whether it is told; while it is not, changes wait for it."
WEBHOOK_SINCE: Final = (
    "Where it begins: a cursor, `beginning` or `now`. Left out, a new one begins now, and another goes on."
)
SIGNING_CHANGED: Final = (
    "What messages are signed with from now on: `whsec_` and the Base64 of 24 to 64 bytes. Left out, it stays."
)
WEBHOOK_MOVED: Final = "Where it goes on: a cursor, `beginning` or `now`. Left out, it goes on where it is."
PATCH_WEBHOOK: Final = "Change a webhook in part: what is not given stays as it is."
PATCH_CONSUMER: Final = (
    "Acknowledge all changes before a cursor in the name of a consumer that is there; what is not given stays as it is."
)
PATCH_COLLECTION: Final = (
    "Change a collection's JSON Schema and its retention in part: what is not given stays as it is, null removes."
)
SCHEMA_PATCH: Final = "What changes in the JSON Schema, merged into the one that is there (RFC 7396); null removes it."
RETENTION_PATCH: Final = "What changes in the retention; null removes it, and then everything is kept."

PICKED_PATH: Final = (
    "Where in the payload to look, such as `address.city`, `items[0].name` or `items[-1]`; a key with other characters "
    "stands in double quotes. What is not there is null."
)
