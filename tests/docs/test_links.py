"""Links in what is read in the repository lead somewhere; those within the site are checked by its strict build."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import ROOT, name_of, pages

ENFORCING: Final = re.compile(r"\b(?:bench|docs|src|tests)/[\w./-]*\w")
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
ADDRESS: Final = re.compile(r"https?://[^\s<>()`'\"\]]+")
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
# There is no network to try them, so that a host can be reached is somebody's word: look before you add one.
HOSTS: Final = {"spdx.dev", "www.rfc-editor.org"}
SELF: Final = {"localhost:8001", "localhost:4318", "localhost:8080", "localhost:9000"}

AT_THE_TOP: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "adr").glob("*.md")])


def broken_links(page: Path, text: str) -> Iterator[str]:
    for target in LINK.findall(text):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


def anchors(page: Path) -> set[str]:
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def strange_addresses(text: str) -> Iterator[str]:
    for address in cast("list[str]", ADDRESS.findall(text)):
        parts = urlsplit(address.rstrip(".,;:"))
        if parts.netloc not in SELF and (parts.scheme != "https" or parts.netloc not in HOSTS):
            yield address


@pytest.mark.parametrize("page", AT_THE_TOP, ids=name_of)
def test_links_within_the_repository_exist(page: Path) -> None:
    assert list(broken_links(page, page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("page", sorted({*AT_THE_TOP, *pages()}), ids=name_of)
def test_addresses_elsewhere_are_known(page: Path) -> None:
    assert list(strange_addresses(page.read_text(encoding="utf-8"))) == []


def test_finds_broken_links() -> None:
    text = "[a](README.md) [b](README.md#where-to-go-next) [c](nowhere.md) [d](README.md#nowhere) [e](#nowhere)"

    assert list(broken_links(ROOT / "README.md", text)) == ["nowhere.md", "README.md#nowhere", "#nowhere"]


def test_finds_unknown_addresses() -> None:
    text = "<https://www.rfc-editor.org/rfc/rfc9457> http://www.rfc-editor.org <http://localhost:8080/docs> https://example.com/x"

    assert list(strange_addresses(text)) == ["http://www.rfc-editor.org", "https://example.com/x"]


@pytest.mark.parametrize("decision", sorted((ROOT / "adr").glob("[0-9]*.md")), ids=name_of)
def test_the_tests_that_enforce_a_decision_exist(decision: Path) -> None:
    enforced = decision.read_text(encoding="utf-8").partition("## Enforced by")[2]

    assert [path for path in ENFORCING.findall(enforced) if not (ROOT / path).exists()] == []
