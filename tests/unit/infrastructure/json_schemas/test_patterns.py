"""How large regular expressions of schemas are, and that large ones take no more than their share."""

from typing import Any

import pytest

from datastore_service.domain.errors import InvalidValue
from datastore_service.infrastructure.json_schemas.patterns import characters, patterns_of, written_out
from datastore_service.infrastructure.json_schemas.validator import (
    MOST_OF_A_PATTERN,
    MOST_PATTERN_STEPS,
    CompiledJsonSchemas,
)


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("", 0),
        ("abc", 3),
        (r"^\p{L}[a-z\]]\.$", 3),
        ("a{3}", 3),
        ("a{1,100}", 100),
        ("a{5,}", 5),
        ("a{0}", 1),
        ("(a{1,100}){1,100}b", 10_001),
        ("(?:ab|c){10}", 30),
        (r"(?<year>\d{4})-(?=x)\u{1F600}{2}", 8),
        (r"\{1,100\}", 7),
        ("[{1,100}]", 1),
        ("((((a{99}){99}){99}){99}){99}", 99**4 * 99),
        ("(a{999999999999}){999999999999}", 10**9),
    ],
)
def test_counts_what_repetitions_stand_for(pattern: str, size: int) -> None:
    assert written_out(pattern) == min(size, 10**9)


def test_finds_the_expressions_of_a_schema_and_no_others() -> None:
    schema: Any = {
        "properties": {"a/b": {"pattern": "x"}, "pattern": {"type": "string"}},
        "patternProperties": {"^y": {"items": [{"pattern": "z"}]}},
        "enum": [{"pattern": "no"}],
    }

    assert dict(patterns_of(schema)) == {
        "/properties/a~1b/pattern": "x",
        "/patternProperties/^y": "^y",
        "/patternProperties/^y/items/0/pattern": "z",
    }


def test_counts_characters_of_texts_and_keys() -> None:
    assert characters({"ab": ["cde", 1, None, {"f": "ghij"}]}) == 10


@pytest.mark.parametrize("repeated", ["(a{1,100}){1,100}b", "^.{1,1001}$"])
@pytest.mark.parametrize("where", ["pattern", "patternProperties"])
def test_refuses_an_expression_that_is_too_large(repeated: str, where: str) -> None:
    schema: Any = {"items": {where: repeated if where == "pattern" else {repeated: True}}}

    with pytest.raises(InvalidValue, match="expanded") as refused:
        CompiledJsonSchemas().check(schema)

    assert refused.value.pointer.startswith(f"/schema/items/{where}")


@pytest.mark.parametrize("pattern", ["^.{1,255}$", r"^\p{L}{1,50}$", "^.{1,1000}$", "^[a-z]+@[a-z]+$"])
def test_takes_usual_expressions_and_texts(pattern: str) -> None:
    schemas = CompiledJsonSchemas()
    schemas.check({"pattern": pattern})

    assert schemas.violations({"pattern": pattern}, "x" * 20) == [] or "@" in pattern


def test_checks_no_more_text_than_is_bounded_for_large_expressions() -> None:
    schemas = CompiledJsonSchemas()
    schema: Any = {"items": {"pattern": f"a{{1,{MOST_OF_A_PATTERN}}}b"}}
    fitting, more = MOST_PATTERN_STEPS // (MOST_OF_A_PATTERN + 1) - 1, MOST_PATTERN_STEPS // MOST_OF_A_PATTERN

    assert "too much text" not in schemas.violations({"items": {"pattern": "a{1,999}b"}}, ["a" * fitting])[0][1]
    texts: Any = ["a" * 1000] * (more // 1000 + 1)
    ((pointer, reason),) = schemas.violations(schema, texts)
    assert (pointer, "too much text" in reason) == ("", True)
    assert schemas.violations({"items": {"pattern": "b"}}, ["ab" * 1_000_000]) == []
