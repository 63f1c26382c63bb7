"""The REST facade against what schemathesis makes up from its document: examples, edge cases, chance, sequences.

The cases are the same at each run; `just fuzz` tries more of them, and others each time. It also tries the operations
on the records below a collection, which call the endpoints of `/records` (adr/0102).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkouts import KEPT_OF_HYPOTHESIS
from tests.e2e.conftest import RunningService
from tests.judges.conftest import HERE
from tests.measuring import UNCOUNTED

pytestmark = pytest.mark.lengthy

EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
SAME_ENDPOINTS = r"^/collections/\{name\}/records/"
BOUNDS = (
    ["--max-examples", EXAMPLES]
    if EXAMPLES
    else ["--max-examples=25", "--generation-deterministic", "--exclude-path-regex", SAME_ENDPOINTS]
)


def test_answers_as_its_document_says(service: RunningService, tmp_path: Path) -> None:
    config, document = HERE / "schemathesis.toml", HERE.parent / "snapshots/openapi.json"
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run", document]
    options = ["--url", service.base_url, "--no-color", "--request-timeout=60", *BOUNDS]

    fuzzing = subprocess.run(
        [*program, *options],
        cwd=tmp_path,
        env=os.environ | UNCOUNTED | KEPT_OF_HYPOTHESIS | {"SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_hooks.py")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert fuzzing.returncode == 0, fuzzing.stdout + fuzzing.stderr
    generated = re.search(r"(\d+) generated", fuzzing.stdout)
    assert generated, fuzzing.stdout
    assert int(generated[1]) >= 300, fuzzing.stdout
