"""Load over HTTP: requests that are sent again and again, each answer of which has to be the right one."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import orjson

_SCRIPT: Final = Path(__file__).with_name("load.lua")

_LONGEST: Final = 32
OK: Final = 200
CREATED: Final = 201
RECORD: Final = '{"id":"'
PAGE_OF_RECORDS: Final = '{"items":[{"id":"'


class WrongAnswer(RuntimeError):
    """A contender answers something else than it is asked for, so that its rate means nothing."""


def has_wrk() -> bool:
    """Tells whether wrk is there; otherwise client.py takes its place."""
    return shutil.which("wrk") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What came of a load.

    Attributes:
        answers: How many requests were answered.
        seconds: In what time.
        median: The time that half of the answers took at the most, in seconds.
        late: The time that 99 of 100 took at the most.
    """

    answers: int
    seconds: float
    median: float
    late: float

    @property
    def per_second(self) -> float:
        """How many requests were answered each second."""
        return self.answers / self.seconds


class Load(Protocol):
    """One kind of request to one contender."""

    async def run(self, connections: int, seconds: int) -> Rate:
        """Keeps so many connections busy for so long.

        Raises:
            WrongAnswer: One answer is not as it should be.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLoad:
    """Requests over HTTP/1.1 that are sent in turn.

    Attributes:
        file: The requests as they are sent, each with a zero byte after it.
        address: The host and the port.
        status: What each answer's status has to be.
        beginning: How each answer's body has to begin.
    """

    file: Path
    address: str
    status: int
    beginning: str

    async def run(self, connections: int, seconds: int) -> Rate:
        """Has wrk do it, where it is there; see `Load.run`."""
        arguments = (str(self.file), str(self.status), self.beginning)
        command = (
            (
                "wrk",
                "-t1",
                f"-c{connections}",
                f"-d{seconds}s",
                "--timeout=30s",
                f"-s{_SCRIPT}",
                f"http://{self.address}/",
                "--",
            )
            if has_wrk()
            else (sys.executable, "-m", "bench.rates.client", self.address, str(connections), str(seconds))
        )
        process = await asyncio.create_subprocess_exec(*command, *arguments, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        words = output.decode(errors="replace").rpartition("RESULT ")[2].split(maxsplit=5)
        answers, microseconds, median, late, wrong = (int(word) for word in words[:5])
        if not (answers or wrong) and seconds < _LONGEST:
            # So slow that none was answered in time: it is asked for longer.
            return await self.run(connections, min(_LONGEST, 4 * seconds))
        if wrong or not answers:
            raise WrongAnswer(f"{self.file.name}: {wrong} of {answers} answers are wrong: {''.join(words[5:])}")
        return Rate(answers=answers, seconds=microseconds / 1e6, median=median / 1e6, late=late / 1e6)


@dataclass(frozen=True, slots=True)
class Requests:
    """Makes the loads of one contender."""

    folder: Path
    contender: str
    address: str
    headers: Mapping[str, str]

    def load(
        self,
        name: str,
        method: str,
        paths: Sequence[str],
        bodies: Sequence[object],
        status: int,
        beginning: str,
    ) -> HttpLoad:
        """Returns the load of requests to these paths, with the body for each where there are bodies."""
        file = self.folder / f"{self.contender} {name}".replace(" ", "-")
        contents = [orjson.dumps(body) for body in bodies] or [b""] * len(paths)
        file.write_bytes(
            b"".join(self._request(method, path, body) + b"\0" for path, body in zip(paths, contents, strict=True))
        )
        return HttpLoad(file=file, address=self.address, status=status, beginning=beginning)

    def graphql(self, name: str, text: str, variables: Sequence[Mapping[str, object]], beginning: str) -> HttpLoad:
        """Returns the load of a document with each of these variables; `beginning` is that of the answer's data."""
        bodies = [{"query": text, "variables": each} for each in variables]
        return self.load(f"{name} graphql", "POST", ["/graphql"] * len(bodies), bodies, OK, f'{{"data":{beginning}')

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        headers = {"Host": self.address, **self.headers}
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body
