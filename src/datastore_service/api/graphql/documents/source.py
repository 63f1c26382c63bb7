"""Where the text of a document comes from, for a request that may only name it."""

import hashlib
from typing import Final, Protocol

from datastore_service.api.graphql.requests import GraphQLRequest
from datastore_service.api.http.problems import Problem, RequestRefused

_PREFIX: Final = "sha256:"


class DocumentUnavailable(RequestRefused):
    """A request that can be understood means a document that is not to be had, or not to be executed."""


class DocumentSource(Protocol):
    """Finds the text that a request means."""

    def text_of(self, request: GraphQLRequest) -> str:
        """Returns the text of the document.

        Raises:
            RequestRefused: There is none, or it is not to be executed.
        """
        ...


def digest(text: str) -> str:
    """Returns the SHA-256 of a text in hexadecimal, by which it is known."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def named_document(request: GraphQLRequest) -> str | None:
    """Returns the identifier of the document that a request names, or None.

    It names one by `documentId` (GraphQL over HTTP, appendix A) or by `extensions.persistedQuery` (Apollo).

    Raises:
        RequestRefused: What it says cannot be understood, or is contradictory.
    """
    by_extension = None if request.extensions is None else request.extensions.persisted_query
    by_id = None if request.document_id is None else request.document_id.removeprefix(_PREFIX)
    if by_extension is None:
        return by_id
    if by_id not in {None, by_extension.sha256_hash}:
        raise RequestRefused(Problem("malformed_request", "documentId and extensions.persistedQuery are not the same."))
    return by_extension.sha256_hash
