"""Trusted documents: only the documents in a file may be executed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from graphql import GraphQLError, GraphQLSchema
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from datastore_service.api.graphql.documents.preparation import Preparation
from datastore_service.api.graphql.documents.source import DocumentUnavailable, digest, named_document
from datastore_service.api.graphql.requests import GraphQLRequest
from datastore_service.api.http.problems import Problem

_Text = Annotated[str, Field(min_length=1)]


class ManifestError(Exception):
    """The file of trusted documents cannot be used; the message is one sentence for the user."""


class _Operation(BaseModel):
    id: _Text
    body: _Text


class _ApolloManifest(BaseModel):
    """The file that `generate-persisted-query-manifest` writes."""

    model_config = ConfigDict(strict=True)

    format: Literal["apollo-persisted-query-manifest"]
    version: Literal[1]
    operations: list[_Operation]


_PlainManifest = TypeAdapter(dict[_Text, _Text])


class TrustedDocuments:
    """Finds the documents of a manifest by identifier or hash, and accepts no others."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._texts = {digest(text): text for text in documents.values()} | dict(documents)

    def text_of(self, request: GraphQLRequest) -> str:
        name = named_document(request)
        found = None if name is None else self._texts.get(name)
        if found is None or request.query not in {None, "", found}:
            raise DocumentUnavailable(
                Problem(
                    "document_not_trusted",
                    "The service executes only the documents of its manifest; name one by documentId or by "
                    "extensions.persistedQuery.",
                )
            )
        return found


def read_manifest(path: Path, preparation: Preparation[Any], schema: GraphQLSchema) -> TrustedDocuments:
    """Reads a manifest: identifiers and texts as one JSON object, or Apollo's format.

    Raises:
        ManifestError: It cannot be read, or a document in it is invalid.
    """
    documents = _documents(path)
    for name, text in documents.items():
        try:
            errors = preparation.prepare(text, schema).errors
        except GraphQLError as error:
            errors = [error]
        if errors:
            raise ManifestError(f"{path}: document {name}: {errors[0].message}")
    return TrustedDocuments(documents)


def _documents(path: Path) -> Mapping[str, str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror or error}.") from error
    try:
        return {operation.id: operation.body for operation in _ApolloManifest.model_validate_json(content).operations}
    except ValidationError:
        pass
    try:
        documents = _PlainManifest.validate_json(content, strict=True)
    except ValidationError as error:
        raise ManifestError(
            f"{path}: is neither a JSON object of texts by SHA-256 nor a persisted query manifest of Apollo's."
        ) from error
    for name, text in documents.items():
        if digest(text) != name.removeprefix("sha256:"):
            raise ManifestError(f"{path}: document {name}: the name is not the SHA-256 of its text.")
    return {digest(text): text for text in documents.values()}
