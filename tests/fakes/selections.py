"""Whole answers, of which there are none in memory."""

from collections.abc import Sequence

from datastore_service.application.messages import NotReadableAtOnce
from datastore_service.application.read.selections import Constant, Part
from datastore_service.application.views import JsonText


class NothingAtOnce:
    """A store that is read part by part, so that every document goes through the resolvers."""

    async def read(self, parts: Sequence[Constant | Part]) -> JsonText:
        raise NotReadableAtOnce(f"{len(parts)} parts")
