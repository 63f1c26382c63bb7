"""The built site: strict, and nothing in it comes from elsewhere."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, override
from urllib.parse import urlsplit

import pytest

from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.application.registry import HANDLERS
from datastore_service.config.loader import describe_settings
from datastore_service.config.settings import Settings
from datastore_service.main import create_app
from docsite.command_line import command_names
from docsite.errors import REMEDIES
from tests.docs.pages import ROOT
from tests.measuring import UNCOUNTED

pytestmark = pytest.mark.lengthy

REMOTE_STYLE: Final = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s]+)""")
LOADS: Final = {
    ("audio", "src"), ("embed", "src"), ("iframe", "src"), ("img", "src"), ("img", "srcset"), ("input", "src"),
    ("link", "href"), ("object", "data"), ("script", "src"), ("source", "src"), ("source", "srcset"), ("video", "src"),
    ("use", "href"), ("image", "href"),
}  # fmt: skip
TAG: Final = re.compile(r"<[^>]*>")
NOT_INCLUDED: Final = re.compile(r"--8\s*<\s*--")
"""The marks of a file to include, as they stand in a page that lacks it; formatters take them for Python."""
NOT_LOADED: Final = {"canonical", "next", "prev"}


class Loads(HTMLParser):
    """Gathers what a browser fetches to show a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.policies: list[str] = []
        self.feed(html)
        self.addresses += REMOTE_STYLE.findall(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policies.append(values["content"] or "")
        if values.get("rel") in NOT_LOADED:
            return
        self.addresses += [value for name, value in attrs if value and (tag, name) in LOADS]


def is_remote(address: str) -> bool:
    return bool(urlsplit(address).netloc) and not address.startswith("data:")


@pytest.fixture(scope="module")
def site() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="datastore-site-") as folder:
        build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
        environment = os.environ | UNCOUNTED | {"NO_MKDOCS_2_WARNING": "1"}
        run = subprocess.run(build, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        yield Path(folder)


def html_of(site: Path) -> Iterator[tuple[str, str]]:
    for page in sorted(site.rglob("*.html")):
        yield page.relative_to(site).as_posix(), page.read_text(encoding="utf-8")


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loaded = {name: Loads(html).addresses for name, html in html_of(site)}

    assert len(loaded) > 30
    assert all(loaded.values())
    assert [address for addresses in loaded.values() for address in addresses if is_remote(address)] == []


def test_the_files_that_pages_load_exist(site: Path) -> None:
    for name, html in html_of(site):
        folder = site if name == "404.html" else (site / name).parent
        for address in Loads(html).addresses:
            path = urlsplit(address).path
            assert (site / path[1:] if path.startswith("/") else folder / path).exists(), f"{name}: {address}"


def test_style_sheets_load_nothing_from_elsewhere(site: Path) -> None:
    sheets = [sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css")]

    assert sheets
    assert [REMOTE_STYLE.findall(sheet) for sheet in sheets] == [[] for _ in sheets]


def test_browsers_are_told_to_load_nothing_from_elsewhere(site: Path) -> None:
    for name, html in html_of(site):
        (policy,) = Loads(html).policies
        assert policy.startswith("default-src 'self';"), name
        assert "http" not in policy


def test_pages_with_diagrams_have_the_program_that_draws_them(site: Path) -> None:
    with_diagrams = [html for _, html in html_of(site) if 'class="mermaid"' in html]

    assert len(with_diagrams) >= 3
    for html in with_diagrams:
        names = [address.rpartition("/")[2].partition(".")[0] for address in Loads(html).addresses]
        assert names.index("mermaid") < names.index("bundle")


def test_pages_show_the_files_that_they_include(site: Path) -> None:
    shown = {name: unescape(TAG.sub("", html)) for name, html in html_of(site)}

    assert [name for name, text in shown.items() if NOT_INCLUDED.search(text)] == []
    assert "class FilePublisher" in shown["how-to/extend/index.html"]


def test_finds_what_is_loaded_from_elsewhere() -> None:
    html = """
      <script src="//a.example/x.js"></script><link rel="stylesheet" href="https://b.example/x.css">
      <img src="http://c.example/x.png"><a href="https://d.example">d</a><script src="x.js"></script>
      <div style="background: url('https://e.example/x.png')"></div><link rel="canonical" href="https://f.example/">
    """

    found = [address for address in Loads(html).addresses if is_remote(address)]

    assert found == [
        "//a.example/x.js", "https://b.example/x.css", "http://c.example/x.png", "https://e.example/x.png",
    ]  # fmt: skip


def test_the_reference_is_complete(site: Path, settings: Settings) -> None:
    def page(name: str) -> str:
        return (site / f"reference/{name}/index.html").read_text(encoding="utf-8")

    document = create_app(settings).openapi()
    operations = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    expected = {
        "rest": [*(f'id="{name}"' for name in [*operations, *document["components"]["schemas"]])],
        "settings": [f'id="{setting.key}"' for setting in describe_settings()],
        "errors": [f'id="{code}"' for code in CATALOGUE],
        "command-line": [f'id="datastore-{name}"' for name in command_names()],
        "python": [f'id="{message.__module__}.{message.__name__}"' for message in HANDLERS],
        "graphql": ["createRecord", "RecordConnection"],
    }
    for name, parts in expected.items():
        html = page(name)
        assert [part for part in parts if part not in html] == []


def test_every_decision_is_in_the_site(site: Path) -> None:
    decisions = [path.stem for path in (ROOT / "adr").glob("[0-9]*.md") if not path.stem.startswith("0000")]

    assert decisions
    assert [name for name in decisions if f'href="adr/{name}/"' not in (site / "index.html").read_text()] == []


def test_remedies_are_for_existing_codes() -> None:
    assert REMEDIES.keys() <= CATALOGUE.keys()
