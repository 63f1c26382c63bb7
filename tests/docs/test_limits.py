"""docs/limits.md has each bound, its setting and default, and what a client is told."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.api.http.problems import MOST_ERRORS
from datastore_service.application.read.criteria.comparisons import MAX_PATTERN_LENGTH
from datastore_service.application.read.criteria.record_criteria import MAX_ARRAYS, MAX_SEARCH_LENGTH
from datastore_service.config.loader import SettingDescription, describe_settings
from datastore_service.domain.json_value import MAX_DEPTH, MAX_SIZE, MAX_WRITTEN_DIGITS
from datastore_service.domain.records.json_patch import MAX_COPIED, MAX_OPERATIONS
from datastore_service.domain.records.values import MAX_TAG_LENGTH, MAX_TAGS
from datastore_service.infrastructure.json_schemas.validator import (
    MOST_CHECKS,
    MOST_OF_A_PATTERN,
    MOST_PATTERN_STEPS,
    MOST_PER_PLACE,
    MOST_SUBSCHEMAS,
)
from tests.docs.pages import DOCS

TEXT: Final = (DOCS / "limits.md").read_text("utf-8")
ROWS: Final = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line[:3] == "| `"]
FIXED: Final = {
    "tags of a record": MAX_TAGS,
    "characters of a tag": MAX_TAG_LENGTH,
    "size of a stored value: its characters, and 16 for each value in it": MAX_SIZE,
    "levels of arrays and objects in a stored value": MAX_DEPTH,
    "digits of all fractions of a stored value when written out": MAX_WRITTEN_DIGITS,
    "operations of a JSON Patch": MAX_OPERATIONS,
    "what the `copy` operations of a JSON Patch copy, in bytes": MAX_COPIED,
    "characters of a full-text search": MAX_SEARCH_LENGTH,
    "characters of a pattern of `like`": MAX_PATTERN_LENGTH,
    "arrays whose items a filter looks at: each `[*]`, `any` and `none` is one": MAX_ARRAYS,
    "subschemas of a JSON Schema": MOST_SUBSCHEMAS,
    "subschemas that a JSON Schema applies to one place of a payload": MOST_PER_PLACE,
    "subschemas that the validation of one payload applies": MOST_CHECKS,
    "characters and sets of a pattern in a JSON Schema, its counted repetitions expanded": MOST_OF_A_PATTERN,
    "the same, times the characters of a payload, for expressions of more than 100": MOST_PATTERN_STEPS,
    "errors that one response lists": MOST_ERRORS,
}


def bounds() -> Iterator[SettingDescription]:
    for setting in describe_settings():
        section, _, name = setting.key.partition(".")
        if section in ("limits", "typing") or (section == "graphql" and name.startswith("max_")):
            yield setting


def test_has_each_setting_that_bounds_a_request() -> None:
    assert [row[0] for row in ROWS] == [f"`{setting.key}`" for setting in sorted(bounds(), key=_place)]


def _place(setting: SettingDescription) -> int:
    return ("limits", "graphql", "typing").index(setting.key.partition(".")[0])


@pytest.mark.parametrize("setting", [*bounds()], ids=lambda setting: setting.key)
def test_has_the_variable_and_default_of_each_setting(setting: SettingDescription) -> None:
    (row,) = (row for row in ROWS if row[0] == f"`{setting.key}`")

    assert row[1] == f"`{setting.variable}`"
    assert float(row[2]) == float(str(setting.default))
    assert row[4] == setting.description


@pytest.mark.parametrize(("what", "most"), FIXED.items())
def test_has_the_limits_without_a_setting(what: str, most: int) -> None:
    assert f"| {what} | {most} |" in TEXT


def test_names_codes_with_their_statuses() -> None:
    named = re.findall(r"\b(\d{3}) `(\w+)`", TEXT)

    assert len(named) > 30
    assert [int(status) for status, _ in named] == [CATALOGUE[code][0].value for _, code in named]
