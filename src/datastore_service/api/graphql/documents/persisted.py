"""Automatic persisted queries (Apollo's protocol): a client sends a text once, and then only its hash."""

from collections.abc import Callable

from datastore_service.api.graphql.documents.memory import Memory
from datastore_service.api.graphql.documents.source import DocumentUnavailable, digest, named_document
from datastore_service.api.graphql.requests import GraphQLRequest
from datastore_service.api.http.problems import Problem, RequestRefused


class AutomaticPersistedQueries:
    """Caches the texts that clients have registered by hash; other texts are accepted as well."""

    def __init__(self, budget: int, looked_up: Callable[[bool], None] = lambda _found: None) -> None:
        self._budget = budget
        self._texts: Memory[str] = Memory(budget, looked_up)

    def text_of(self, request: GraphQLRequest) -> str:
        name, text = named_document(request), request.query
        if name is None:
            if not text:
                raise RequestRefused(Problem("malformed_request", "The request has neither a query nor a documentId."))
            return text
        if not self._budget:
            raise DocumentUnavailable(Problem("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"))
        if text:
            if digest(text) != name:
                raise RequestRefused(
                    Problem("persisted_query_mismatch", "The hash is not the SHA-256 of the query that came with it.")
                )
            self._texts.put(name, text, len(text.encode("utf-8", "surrogatepass")))
            return text
        found = self._texts.get(name)
        if found is None:
            # Clients of the protocol react to this message and this code: they send the text.
            raise DocumentUnavailable(Problem("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))
        return found
