"""The descriptions of the members of records, the same in OpenAPI and in the SDL."""

from typing import Final

from datastore_service.domain.records.content import CONTENT_MEMBERS, CONTENT_NAMES

DOCUMENT: Final = f"`{{{', '.join(CONTENT_MEMBERS)}}}`"
"""The document that patches apply to and that differences are of."""

RECORD: Final = "A record."
NEW_RECORD: Final = "A record to create."
RECORD_CONTENT: Final = "The new content of a record."

RECORD_ID: Final = "The record's id."
COLLECTION_OF_PATH: Final = "If it is given, the collection that the path names."
NEW_RECORD_ID: Final = "If it is left out, the service makes one (UUID version 7)."
COLLECTION: Final = "The collection; it is created on first use."
COLLECTION_OF_CONTENT: Final = "The collection of a new record; for an existing record, the collection that it is in."
ONLY_COLLECTION: Final = "Only this collection."
TAG: Final = "Only records with this tag; if given more than once, only records with all of the tags."
INCLUDE_DELETED: Final = "Include tombstones, which have a `deleted_at`."
DELETED_AT: Final = "When the record was deleted; only tombstones have it."
PAYLOAD_PATH: Final = (
    'Keys and indexes, separated by dots, such as `address.city`, `items[0].name` or `"a.b".c`; `::time` at the end '
    "reads the value as a time. An empty path is the whole payload."
)
COMPARED_PATH: Final = f"{PAYLOAD_PATH} `[*]` is any item of an array: `items[*].name`."
FIELDS: Final = (
    "Only these fields of the records, such as `id,payload.address.city`, each at its place; nothing else is read. "
    "In an array, items that are not requested are null as far as the last one that is. "
    "A field without a value is left out."
)
PICKED: Final = "A record with only the requested `fields`."
SEARCH: Final = (
    'Only records whose texts contain these words: `"a phrase"`, `one OR other`, `-without`. Unless another order is '
    "given, the best matches come first."
)
FUNCTION: Final = (
    "`count` counts records, or those with a value; `count_distinct` counts different values, null aside; `sum` and "
    "`avg` compute numbers exactly; `min` and `max` compare texts, numbers, and true and false."
)
GROUP_BY: Final = (
    "Records with the same values in all of these form a group; without them, all records form one. Each is a field, "
    "or a time with `::hour`, `::day`, `::week`, `::month`, `::quarter` or `::year` behind it, such as "
    "`created_at::month` or `payload.sold::day`: its value is the date on which the period begins; of an hour, the "
    "time. Weeks begin on Monday."
)
TIME_ZONE: Final = (
    "The time zone in which the periods of the groups begin: a name of the IANA database, such as `Europe/Berlin`, or "
    "`UTC`."
)
MEASURES: Final = "What to compute for each group, by its name in the response."
GROUP_SORT: Final = (
    "The order of the groups: names of measures, or what they are grouped by, each with a minus in front for the "
    "descending order, such as `-revenue`. Null is less than any other measure. Groups that are equal, or all if "
    "nothing is given, come in the order of what they are grouped by."
)
SORT: Final = (
    "The order of the list: fields, separated by commas, each with a minus in front for the descending order, such as "
    "`-payload.age,created_at`. Records with equal values are ordered by id."
)
SORT_KEYS: Final = "The order of the list: fields, each with a minus in front for the descending order."
CURSOR: Final = "The `next_cursor` of the previous page, with the same order."
FILTER_TREE: Final = (
    "Only records that satisfy this filter: an object of fields with values or operators, and of `and`, `or` and "
    "`not`. `[*]` in a field is any item of an array."
)
ITEM_FILTER: Final = (
    "A filter of the items of an array. Its fields begin at an item: `item`, `item.name`. All of it must hold for the "
    "same item."
)
FILTER: Final = (
    "Only records that satisfy this filter: `filter[FIELD]=VALUE` or `filter[FIELD][OPERATOR]=VALUE`, any number of "
    "times. Values are JSON; a value that is not JSON is read as a string. `[*]` in a field is any item of an array; "
    "filters of the same field are about the same item."
)
PAYLOAD: Final = "Any JSON value."
TAGS: Final = "Each tag once, in any order; they are returned sorted."
HELD_TAGS: Final = "Each once, sorted."
VERSION: Final = "Increases by 1 with each change; the ETag is the version in quotes."
MERGE_PATCH: Final = f"A JSON Merge Patch (RFC 7396) of the document {DOCUMENT}."
PATCH: Final = (
    f"An object is a JSON Merge Patch (RFC 7396) of the document {DOCUMENT}: a member that is null is removed. An "
    "array is a JSON Patch (RFC 6902) of the document."
)
TIME: Final = "RFC 3339, UTC, with microseconds."

COLLECTION_ITSELF: Final = "A collection of records."
COLLECTION_NAME: Final = "The collection's name: 1 to 128 letters, digits, '_', '-' and '.'."
COLLECTION_VERSION: Final = "Increases by 1 with each change of the settings; the ETag is the version in quotes."
SCHEMA: Final = (
    "The JSON Schema (draft 2020-12, unless `$schema` names another) that payloads have to conform to; null: any."
)
BATCH: Final = "Operations, applied in this order: all or none."
LOCAL_ID: Final = "The name by which later operations refer to the new record."
LOCAL_ID_OF_RECORD: Final = "The `lid` of an earlier operation, instead of the id."
REFERENCES: Final = (
    "Where to put the ids of new records in the payload: JSON Pointers, each with the `lid` of a record."
)

INDEX: Final = "An index on a path in the payloads of a collection, for filters and orders by it."
INDEX_PATH: Final = "The path, as filters name it: `payload.address.city`, or `payload.born::time` for times."
INDEX_STATE: Final = (
    "`building`; `ready`: filters and orders use it; `failed`: they do not, and it can be created again."
)
INDEX_PROGRESS: Final = "The fraction that is built, from 0 to 1; null unless it is being built."
INDEX_SIZE: Final = "Its size on disk in bytes; null if it is not on disk."
INDEX_FAILURE: Final = "Why it could not be built; null unless its state is `failed`."

RELATION: Final = "What the source is to the target, such as `author`: 1 to 128 letters, digits, '_', '-' and '.'."
ONLY_RELATION: Final = "Only links of this relation."
LINK_SOURCE: Final = "The id of the record that the link leads from."
LINK_TARGET: Final = "The id of the record that the link leads to."
LINK_SOURCE_LID: Final = "The `lid` of an earlier operation, instead of the source's id."
LINK_TARGET_LID: Final = "The `lid` of an earlier operation, instead of the target's id."
LINKED_RECORD: Final = "The record at the other end of the link."
SINCE: Final = (
    "A cursor from an earlier response, `beginning`, or `now`. If it is left out, a page starts at the beginning of "
    "the log, and a stream now."
)
WITH_SNAPSHOT: Final = (
    "Begin with a snapshot: the present records, each as an operation `snapshot`; then the changes since that moment. "
    "A cursor continues from its position, in the snapshot or after it."
)

API: Final = "What a typed collection is called in GraphQL; null if it has no types."
API_OF_CONTENT: Final = (
    "What the collection is called in GraphQL: makes it typed, so that no record breaks its schema. Null takes the "
    "types away; if it is left out, they stay."
)
API_PATCH: Final = "Is merged into the names; null takes the types away."
ALLOW: Final = "What a change of a typed collection may break: clients that read it, or that write it."
TYPED_SINCE: Final = "The time since when each version of its records fits the schema; null if it has no types."
RETENTION: Final = "What a purge keeps of the history of the collection's records; null keeps everything."
KEPT_REVISIONS: Final = "This many of the newest revisions of each record."
KEPT_DAYS: Final = "The revisions of each record that were current in the last so many days."
REVERT_AS_OF: Final = "The time (RFC 3339) whose state the records return to."
DRY_RUN: Final = "Report what would change, and change nothing."
AT_VERSION: Final = "The record as it was at this version."
AS_OF: Final = "As it was at this time (RFC 3339), which must not be in the future."
REVERT_VERSION: Final = f"The version whose {CONTENT_NAMES} the record takes on again."
REVERTED_TO: Final = f"The version whose {CONTENT_NAMES} it has again."
WITH_DIFF: Final = "Whether each revision includes its difference from the one before."
OPERATION: Final = "What was done: `create`, `replace`, `patch`, `delete`, `restore` or `revert`."
REVISION_PAYLOAD: Final = "The payload since this revision; for a deletion, the payload until then."
ACTOR: Final = "The actor; `anonymous` if the service authenticates no one."
CORRELATION_ID: Final = "The `X-Correlation-Id` or `X-Request-Id` of the request that made the change."
DIFF: Final = (
    f"The JSON Patch (RFC 6902) of {DOCUMENT} from the previous revision to this one; null if the previous one is not "
    "kept. For large documents it replaces whole members."
)
CHANGES: Final = (
    "Follow the changes of the records of one collection, or of all, as they are made. No change is left out or comes "
    "twice, and those of one record come in the order of its versions."
)
CHANGE_OPERATION: Final = (
    "What was done, such as `create`; `snapshot` means that the record was like this when the snapshot was taken."
)

CONSUMER_NAME: Final = "The consumer's name: 1 to 128 letters, digits, '_', '-' and '.'."
CONSUMER_CURSOR: Final = "The cursor of the last change that has been processed, `beginning`, or `now`."
REWIND: Final = "Whether the consumer may move backwards, to receive changes again."
LAG_CHANGES: Final = "The number of changes that it has not acknowledged; the count stops at 10,000."
LAG_SECONDS: Final = "How long the first of them has been waiting, in seconds."
OF_CONSUMER: Final = "Continue from the position of this consumer, instead of `since`."
CONSUMER_MOVED: Final = f"{CONSUMER_CURSOR} If it is left out, the consumer stays where it is."
PUT_CONSUMER: Final = "Create a consumer, or acknowledge all changes up to a cursor on its behalf."

PUT_WEBHOOK: Final = "Create or replace a webhook: an address to which the service posts all changes, signed."
WEBHOOK_NAME: Final = "The webhook's name: 1 to 128 letters, digits, '_', '-' and '.'."
WEBHOOK_URL: Final = "Where messages are posted to: http or https, on a host that the service may call."
SIGNING: Final = (
    "The key of the signatures, in the form of Standard Webhooks: `whsec_` and the Base64 of 24 to 64 bytes. If it is "
    "left out, a new webhook gets one, and an existing one keeps its own. It is not shown again."
)
SIGNING_SHOWN: Final = "The secret that was made for a new webhook, shown only this once; else null."
WEBHOOK_ENABLED: Final = "Whether changes are posted; while it is disabled, they wait."
WEBHOOK_SINCE: Final = (
    "Where it begins: a cursor, `beginning` or `now`. If it is left out, a new one begins now, and an existing one "
    "continues."
)
SIGNING_CHANGED: Final = (
    "The key of the signatures from now on: `whsec_` and the Base64 of 24 to 64 bytes. If it is left out, it stays."
)
WEBHOOK_MOVED: Final = "Where it continues: a cursor, `beginning` or `now`. If it is left out, its position stays."
PATCH_WEBHOOK: Final = "Change a webhook in part: members that are left out stay as they are."
PATCH_CONSUMER: Final = (
    "Acknowledge all changes up to a cursor on behalf of an existing consumer; members that are left out stay."
)
PATCH_COLLECTION: Final = (
    "Change a collection's JSON Schema and retention in part: members that are left out stay, null removes."
)
SCHEMA_DOCUMENT: Final = "The JSON Schema that payloads have to fit."
SCHEMA_PATCH: Final = "Is merged into the collection's JSON Schema (RFC 7396); null removes the schema."
RETENTION_PATCH: Final = "Is merged into the retention; null removes it, and then everything is kept."

PICKED_PATH: Final = (
    "A path in the payload, such as `address.city`, `items[0].name` or `items[-1]`; a key with other characters stands "
    "in double quotes. A missing value is null."
)
