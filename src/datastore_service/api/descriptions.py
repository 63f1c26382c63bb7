"""What the members of records are said to be, in OpenAPI and in the SDL alike."""

from typing import Final

RECORD: Final = "A record."
NEW_RECORD: Final = "A record to create."
RECORD_CONTENT: Final = "What a record is to hold."

RECORD_ID: Final = "The record's id."
NEW_RECORD_ID: Final = "Left out, the service makes one (UUID version 7)."
COLLECTION: Final = "The collection; made on first use."
COLLECTION_OF_CONTENT: Final = "For a new record; of an existing one it must be the collection."
ONLY_COLLECTION: Final = "Only this collection."
PAYLOAD: Final = "Any JSON value."
TAGS: Final = "Each once; they come back sorted."
VERSION: Final = "Grows by 1 with each change; the ETag is this in quotes."
MERGE_PATCH: Final = "A JSON Merge Patch (RFC 7396) of the members `payload` and `tags`."
TIME: Final = "RFC 3339, UTC, with microseconds."
