"""Commands of Docker, which is not there to run them: what they name exists."""

import re
from typing import Final

from datastore_service.config.loader import describe_settings
from docsite.command_line import command_names
from tests.docs.pages import ROOT

_OPTIONS: Final = {"--rm", "--init", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--build"}


def check_docker(words: list[str]) -> None:
    """Fails where a command names an option, a file, a port, a variable or a subcommand that there is not."""
    match words:
        case ["build", "-t", _, "."]:
            assert (ROOT / "Dockerfile").is_file()
        case ["compose", "up" | "down", *options]:
            assert set(options) <= _OPTIONS
            assert (ROOT / "docker-compose.yml").is_file()
        case ["run", *rest]:
            _check_run(rest)
        case _:
            raise AssertionError(f"docker {' '.join(words)}: not known to this test")


def _check_run(words: list[str]) -> None:
    left = iter(words)
    for word in left:
        match word:
            case "-p":
                port = next(left).rpartition(":")[2]
                assert f"EXPOSE {port}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
            case "-e":
                variable = next(left).partition("=")[0]
                assert variable in {setting.variable for setting in describe_settings("container")}
            case _ if word.startswith("-"):
                assert word in _OPTIONS, f"docker run {word}: not known to this test"
            case _:
                assert re.fullmatch(r"[a-z]+", word), f"{word} is no image"
                assert set(left) <= set(command_names())
