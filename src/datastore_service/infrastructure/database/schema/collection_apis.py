"""What a typed collection is called, in its column."""

import orjson

from datastore_service.domain.typed.model import CollectionApi


def api_of(text: str) -> CollectionApi:
    """Returns the stored names."""
    return CollectionApi(**orjson.loads(text))


def api_text(api: CollectionApi) -> str:
    """Returns the names as they are stored."""
    return orjson.dumps({"type": api.type, "one": api.one, "many": api.many, "node": api.node}).decode()
