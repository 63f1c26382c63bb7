"""A reader's terminal: does what the pages tell to paste, with no network and no fixed port."""

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path

import httpx2

from datastore_service.config.loader import load_settings
from tests.docs.docker import check_docker
from tests.docs.pages import ROOT
from tests.e2e.conftest import RunningService, serving
from tests.measuring import UNCOUNTED


class Terminal(ExitStack):
    """Runs commands, one after the other; a command or an option that is not known here fails.

    Attributes:
        answer: What the last curl was answered, if the last command was one.
        output: What the last command printed, if it was another.
    """

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__()
        self.answer: httpx2.Response | None = None
        self.output = ""
        self._folder = folder
        self._database_url = database_url
        self._service: RunningService | None = None

    @property
    def service(self) -> RunningService:
        """The service that serves, started now if the page takes it to be running."""
        return self._service or self._serve([], {})

    def write(self, name: str, text: str) -> None:
        """Makes a file in the folder that the commands are run in."""
        (self._folder / name).write_text(text, encoding="utf-8")

    def run(self, words: list[str]) -> None:
        """Does what a shell does with a line; of `a && b`, both."""
        self.answer, self.output = None, ""
        if "&&" in words:
            cut = words.index("&&")
            self.run(words[:cut])
            self.run(words[cut + 1 :])
            return
        environment = dict(word.split("=", 1) for word in takewhile(lambda word: re.match(r"[A-Z_]+=", word), words))
        if "DATABASE_URL" in environment:
            environment["DATABASE_URL"] = self._database_url
        self._command(words[len(environment) :], environment)

    def _command(self, words: list[str], environment: dict[str, str]) -> None:
        match words:
            case ["pip", "install", "uv"]:
                pass  # What runs this test has it.
            case ["uv", "run", *rest]:
                self._command(rest, environment)
            case ["datastore", "serve", *overrides]:
                self._serve(overrides, environment)
            case ["datastore", *rest]:
                self._print([sys.executable, "-m", "datastore_service", *rest], self._folder, environment)
            case ["just", *recipe]:
                self._print(["just", "--dry-run", *recipe] if recipe else ["just"], ROOT, environment)
            case ["docker", *rest]:
                check_docker(rest)
            case ["curl", *rest]:
                self.answer = curl(rest, self.service.base_url, self._folder)
            case _:
                raise AssertionError(f"{' '.join(words)}: not known to this test")

    def _serve(self, overrides: list[str], environment: dict[str, str]) -> RunningService:
        load_settings(overrides, environment)
        elsewhere = [override for override in overrides if not override.startswith("server.port=")]
        self.close()
        self._service = self.enter_context(serving(self._folder, *elsewhere, **UNCOUNTED, **environment))
        self.output = self._service.welcome.replace(self._service.base_url, "http://localhost:8080")
        return self._service

    def _print(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("DATASTORE_", "DATABASE_"))
        }
        inherited["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
        run = subprocess.run(
            command, cwd=folder, env=inherited | UNCOUNTED | environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        self.output = run.stdout


def curl(words: list[str], base_url: str, folder: Path) -> httpx2.Response:
    """Does what curl does with these words."""
    method, headers, body, address = "", dict[str, str](), None, ""
    left = iter(words)
    for word in left:
        match word:
            case "-g" | "-i" | "-s":
                pass
            case "-X":
                method = next(left)
            case "-H":
                name, _, value = next(left).partition(": ")
                headers[name] = value
            case "-d":
                body = next(left)
            case "-T":
                body = (folder / next(left)).read_text(encoding="utf-8")
            case _ if word.startswith("localhost:8080/"):
                address = word.replace("localhost:8080", base_url, 1)
            case _:
                raise AssertionError(f"curl {word}: not known to this test")
    return httpx2.request(method or ("GET" if body is None else "POST"), address, headers=headers, content=body)
