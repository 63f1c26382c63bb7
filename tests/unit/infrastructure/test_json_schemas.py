"""Which formats a JSON Schema checks, by its draft: what docs/how-to/write-safely.md says."""

import re
from pathlib import Path

import pytest

from datastore_service.infrastructure.json_schemas import CompiledJsonSchemas

_PAGE = Path(__file__).parents[3] / "docs/how-to/write-safely.md"
_DRAFTS = {
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "07": "http://json-schema.org/draft-07/schema#",
    "06": "http://json-schema.org/draft-06/schema#",
    "04": "http://json-schema.org/draft-04/schema#",
}
_NOT_OF_THE_FORMAT = {
    "date-time": "tomorrow",
    "date": "tomorrow",
    "time": "noon",
    "duration": "an hour",
    "email": "nope",
    "idn-email": "nope",
    "hostname": "-a-",
    "idn-hostname": "-a-",
    "ipv4": "256.0.0.1",
    "ipv6": "x",
    "uri": "x y",
    "uri-reference": "\\",
    "iri": "x y",
    "iri-reference": "\\",
    "uuid": "nope",
    "uri-template": "{",
    "json-pointer": "x",
    "relative-json-pointer": "x",
    "regex": "(",
}


def documented(draft: str) -> set[str]:
    (row,) = [line for line in _PAGE.read_text().splitlines() if re.match(rf"\| .*\b{draft}\b.*\|", line)]
    return set(re.findall(r"`([a-z0-9-]+)`", row.split("|")[2])) - {"format", "pattern"}


@pytest.mark.parametrize("draft", _DRAFTS)
def test_checks_the_formats_that_the_page_names_and_no_others(draft: str) -> None:
    schemas = CompiledJsonSchemas()

    checked = {
        name
        for name, text in _NOT_OF_THE_FORMAT.items()
        if schemas.violations({"$schema": _DRAFTS[draft], "format": name}, text)
    }

    assert checked == documented(draft)
