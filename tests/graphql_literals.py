"""JSON values as GraphQL's documents hold them, made by Hypothesis."""

from collections.abc import Mapping

from graphql import NameNode, NullValueNode, ObjectFieldNode, ObjectValueNode, ValueNode
from hypothesis import strategies as st
from schemathesis.graphql import nodes


def json_literals() -> st.SearchStrategy[ValueNode]:
    """JSON values as GraphQL writes them, null excluded: that is for the type to allow."""
    scalar = (
        st.booleans().map(nodes.Boolean)
        | st.integers().map(nodes.Int)
        | st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float)
        | st.text().map(nodes.String)
    )
    names = st.from_regex(r"[_A-Za-z][_0-9A-Za-z]{0,5}", fullmatch=True)

    def containers(inner: st.SearchStrategy[ValueNode]) -> st.SearchStrategy[ValueNode]:
        items = inner | st.just(NullValueNode())
        members = st.dictionaries(names, items, max_size=3)
        return st.lists(items, max_size=3).map(nodes.List) | members.map(_object_literal)

    return st.recursive(scalar, containers, max_leaves=8)


def _object_literal(members: Mapping[str, ValueNode]) -> ValueNode:
    fields = [ObjectFieldNode(name=NameNode(value=name), value=value) for name, value in members.items()]
    return ObjectValueNode(fields=tuple(fields))
