"""The source of a document's text, for requests that may only name it."""

import hashlib
from typing import Final, Protocol

from datastore_service.api.graphql.requests import GraphQLRequest
from datastore_service.api.http.problems import Problem, RequestRefused

_PREFIX: Final = "sha256:"


class DocumentUnavailable(RequestRefused):
    """The request is well-formed, but its document is not available, or may not be executed."""


class DocumentSource(Protocol):
    """Finds the text of a request's document."""

    def text_of(self, request: GraphQLRequest) -> str:
        """Returns the text of the document.

        Raises:
            RequestRefused: It is not available, or may not be executed.
        """
        ...


def digest(text: str) -> str:
    """Returns the SHA-256 of a text in hexadecimal, which identifies it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def named_document(request: GraphQLRequest) -> str | None:
    """Returns the identifier of the document that a request names, or None.

    The identifier is in `documentId` (GraphQL over HTTP, appendix A) or in `extensions.persistedQuery` (Apollo).

    Raises:
        RequestRefused: The identifier is malformed, or the two differ.
    """
    by_extension = None if request.extensions is None else request.extensions.persisted_query
    by_id = None if request.document_id is None else request.document_id.removeprefix(_PREFIX)
    if by_extension is None:
        return by_id
    if by_id not in {None, by_extension.sha256_hash}:
        raise RequestRefused(Problem("malformed_request", "documentId and extensions.persistedQuery differ."))
    return by_extension.sha256_hash
