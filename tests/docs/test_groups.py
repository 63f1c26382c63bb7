"""The first command installs what serving needs; recipes take the tools of development from their group (adr/0112)."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
JUSTFILE: Final = (ROOT / "Justfile").read_text("utf-8")


def names(requirements: list[Any]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements if isinstance(each, str)}


def test_the_first_command_installs_no_tool_of_development() -> None:
    groups = PROJECT["dependency-groups"]

    assert PROJECT["tool"]["uv"]["default-groups"] == ["serve"]
    assert names(groups["serve"]) == {"datastore-service", "rust-just"}
    assert not names(groups["dev"]) & names(PROJECT["project"]["dependencies"])


def test_recipes_run_programs_of_the_default_group_or_name_a_group() -> None:
    scripts = {
        script.name for name in ("rust-just", "datastore-service") for script in distribution(name).entry_points
    } | {"just"}
    indented = [line for line in JUSTFILE.splitlines() if line.startswith("    ") and "custom-compile" not in line]
    ran = re.findall(r"uv run (\S+)", "\n".join(indented))

    assert ran
    assert set(ran) <= scripts | {"--group"}
