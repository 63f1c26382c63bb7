"""A variable needs a value if a mutation does more without it; each member of an input is one or the other."""

from pathlib import Path
from typing import Final

import pytest
from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLString,
    OperationDefinitionNode,
    build_schema,
    is_required_input_field,
    parse,
)

from datastore_service.api.graphql.limits.narrowing_variables import NarrowingVariable, narrowing_variables

SCHEMA: Final = build_schema((Path(__file__).parents[4] / "snapshots/schema.graphql").read_text(encoding="utf-8"))

PRECONDITIONS: Final = {"expectedVersion", "expectExisting"}
"""Without them a write is executed in any state, which a client asks for by leaving them out."""

NOT_MORE: Final[dict[str, set[str]]] = {
    # One of two has to be given.
    "BatchDeleteInput": {"id", "lid"},
    "BatchLinkInput": {"source", "sourceLid", "target", "targetLid"},
    "BatchPatchInput": {"id", "lid"},
    "GroupOrder": {"direction"},
    "RecordOrder": {"attribute", "payload", "direction"},
    "RetentionInput": {"revisions", "days"},
    "OperationInput": {"create", "replace", "patch", "delete", "link", "unlink"},
    # What is created or replaced has less without them, or what names follow from.
    "CollectionApiInput": {"one", "many", "node"},
    "BatchCreateInput": {"payload", "tags", "id", "collection", "lid", "refs"},
    "BatchReplaceInput": {"payload", "tags", "refs", "id", "lid", "collection"},
    "CreateRecordInput": {"payload", "tags", "id", "collection"},
    "ReplaceRecordInput": {"payload", "tags", "collection"},
    # What is not given stays as it is.
    "CollectionApiPatchInput": {"type", "one", "many", "node"},
    "PatchCollectionInput": {"schema", "retention", "api", "allow"},
    "PatchConsumerInput": {"cursor", "rewind"},
    "PatchWebhookInput": {"url", "collection", "secret", "enabled", "since"},
    "RetentionPatchInput": {"revisions", "days"},
    # The types of a collection stay, and nothing that clients rely on may break.
    "PutCollectionInput": {"api", "allow"},
    # A consumer does not move backwards; a webhook begins now, or stays where it is, with a secret of the service.
    "PutConsumerInput": {"rewind"},
    "PutWebhookInput": {"secret", "since", "enabled"},
}

INPUTS: Final = [
    kind
    for name, kind in SCHEMA.type_map.items()
    if isinstance(kind, GraphQLInputObjectType) and not name.endswith(("Filter", "Comparison"))
]


def found(kind: GraphQLInputObjectType, member: str) -> frozenset[NarrowingVariable]:
    (operation,) = parse(f"{{ do(input: {{{member}: $v}}) }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    (node,) = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    return narrowing_variables(node, GraphQLField(GraphQLString, args={"input": GraphQLArgument(kind)}))


@pytest.mark.parametrize("kind", INPUTS, ids=str)
def test_each_member_that_may_be_left_out_is_decided(kind: GraphQLInputObjectType) -> None:
    optional = {name for name, member in kind.fields.items() if not is_required_input_field(member)}

    narrowing = {name for name in optional if found(kind, name)}

    assert not narrowing & PRECONDITIONS
    assert optional - narrowing - PRECONDITIONS == NOT_MORE.get(kind.name, set())
