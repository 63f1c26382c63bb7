"""What is assumed of graphql-core: the steps from a document to its fields, and how values are coerced."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    Undefined,
    VariableValues,
    build_schema,
    coerce_input_literal,  # pyright: ignore[reportUnknownVariableType] - its types leave out what lists are of
    coerce_input_value,  # pyright: ignore[reportUnknownVariableType] - the same
    parse,
)
from graphql.execution import values

from datastore_service.library_internals.graphql_core import (
    FragmentDetails,
    GraphQLVariableSignature,
    VariableValueSource,
    coerce_default_value,
    collect_fields,
    collect_subfields,
    get_variable_signature,
    has_too_many_tokens,
    is_nested_too_deeply,
)
from tests.unit.library_internals.assumptions import broken, digest

SCHEMA = build_schema("type Query { paper(n: Int = 3, m: Int): Paper } type Paper { title: String }")
DOCUMENT = parse("query ($n: Int = 4) { a: paper(n: $n) { ...F } } fragment F on Paper { title @skip(if: false) }")
OPERATION = cast("OperationDefinitionNode", DOCUMENT.definitions[0])


def syntax_error(text: str, **limits: Any) -> GraphQLSyntaxError:  # noqa: ANN401 - of the parser
    with pytest.raises(GraphQLSyntaxError) as raised:
        parse(text, **limits)
    return raised.value


def test_says_of_a_document_that_it_is_too_long() -> None:
    what = "the message for too many tokens is another one"
    for error in (syntax_error("{ a b }", max_lexical_tokens=2), syntax_error("#\n#\n#\n{ a }", max_comments=2)):
        assert has_too_many_tokens(error), broken("graphql-core", what, "api/graphql/documents/preparation.py")
        assert not is_nested_too_deeply(error)


def test_says_of_a_document_that_it_is_nested_too_deeply() -> None:
    error = syntax_error("{ a" * 5000 + " }" * 5000)

    what = "the message for documents that are nested too deeply is another one"
    assert is_nested_too_deeply(error), broken("graphql-core", what, "api/graphql/documents/preparation.py")
    assert not has_too_many_tokens(error)


def test_collects_the_fields_of_an_operation_and_those_below() -> None:
    fragments = {"F": FragmentDetails(cast("Any", DOCUMENT.definitions[1]))}
    nothing = VariableValues({}, {})
    query, paper = (cast("GraphQLObjectType", SCHEMA.type_map[name]) for name in ("Query", "Paper"))

    found = collect_fields(SCHEMA, fragments, nothing, query, OPERATION).grouped_field_set
    below = collect_subfields(SCHEMA, fragments, nothing, OPERATION, paper, found["a"]).grouped_field_set

    assert [details.node.name.value for details in found["a"]] == ["paper"]
    assert [details.node.name.value for details in below["title"]] == ["title"]


def test_describes_variables_and_their_values() -> None:
    definition = next(iter(OPERATION.variable_definitions or ()))

    signature = get_variable_signature(SCHEMA, definition)

    assert isinstance(signature, GraphQLVariableSignature)
    assert (signature.name, str(cast("Any", signature).type)) == ("n", "Int")
    assert coerce_default_value(signature) == 4
    found = values.get_variable_values(SCHEMA, [definition], {"n": 7})
    assert found == VariableValues({"n": VariableValueSource(signature, 7)}, {"n": 7})
    left_out = values.get_variable_values(SCHEMA, [definition], {})
    assert left_out == VariableValues({"n": VariableValueSource(signature)}, {"n": 4})


def test_coerces_the_defaults_of_arguments() -> None:
    arguments = cast("Any", SCHEMA.type_map["Query"]).fields["paper"].args

    assert [coerce_default_value(arguments[name]) for name in ("n", "m")] == [3, Undefined]


@pytest.mark.parametrize(
    ("function", "known"),
    [
        (values.get_variable_values, "41619599374c"),
        (values.get_argument_values, "20922c15fb04"),
        (cast("Any", coerce_input_value), "b81fada1dcc3"),
        (cast("Any", coerce_input_literal), "9146162d565f"),
        (coerce_default_value, "f668bade5e74"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_coerces_as_the_compiler_does_in_its_place(function: Callable[..., Any], known: str) -> None:
    what = f"{function.__name__} has changed (digest {digest(function)}); see what of it is to be done here, too"
    assert digest(function) == known, broken("graphql-core", what, "api/graphql/compiler (variables.py, literals.py)")
