"""What the README tells its reader to paste works as it stands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.e2e.conftest import RunningService

README = Path(__file__).parents[2] / "README.md"


def curl_commands() -> Iterator[list[str]]:
    for block in re.findall(r"```bash\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        words = shlex.split(block.replace("\\\n", " "))
        if words[0] == "curl":
            yield words[1:]


def send(words: list[str], base_url: str) -> httpx.Response:
    """Does what curl does with these words; a word that is not known here fails."""
    method, headers, body, address = "", dict[str, str](), "", ""
    left = iter(words)
    for word in left:
        match word:
            case "-i" | "-s":
                pass
            case "-X":
                method = next(left)
            case "-H":
                name, _, value = next(left).partition(": ")
                headers[name] = value
            case "-d":
                body = next(left)
            case _ if word.startswith("localhost:8080/"):
                address = word.replace("localhost:8080", base_url)
            case _:
                raise AssertionError(f"curl {word} is not known to this test")
    return httpx.request(method or "POST", address, headers=headers, content=body)


def test_its_requests_answer_as_it_says(service: RunningService) -> None:
    created, patched, read = [send(words, service.base_url) for words in curl_commands()]

    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    assert (patched.status_code, patched.headers["etag"]) == (200, '"2"')
    assert {
        "id": created.json()["id"],
        "version": 2,
        "payload": {"name": "Ada Lovelace", "born": 1815},
    } in read.json()["data"]["records"]["nodes"]


def test_its_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8"))

    assert targets
    assert [target for target in targets if not (README.parent / target).exists()] == []
