"""What is not documented of graphql-core: the steps between a valid document and the fields that are executed.

`api/graphql/compiler` takes them once for each document, where graphql-core takes them for each request.
"""

from typing import Final

from graphql import GraphQLSyntaxError
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

__all__ = [
    "FieldDetailsList",
    "FragmentDetails",
    "GraphQLVariableSignature",
    "VariableValueSource",
    "coerce_default_value",
    "collect_fields",
    "collect_subfields",
    "get_variable_signature",
    "has_too_many_tokens",
    "is_nested_too_deeply",
]

_TOO_MANY: Final = "Syntax Error: Document contains more than"
_TOO_DEEP: Final = "Syntax Error: Document is nested too deeply"


def has_too_many_tokens(error: GraphQLSyntaxError) -> bool:
    """Tells whether a document was refused for the number of its tokens or comments; only the message says so."""
    return error.message.startswith(_TOO_MANY)


def is_nested_too_deeply(error: GraphQLSyntaxError) -> bool:
    """Tells whether a document was refused because Python's stack is too small for it; only the message says so."""
    return error.message.startswith(_TOO_DEEP)
