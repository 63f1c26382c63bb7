"""A section of settings that an application of one's own adds, and variables that are nobody's."""

import logging
from pathlib import Path

import pytest
from pydantic import Field

from datastore_service.config.loader import ConfigurationError, load_section, load_settings
from datastore_service.config.section import Section


class Mail(Section):
    """Where mail goes."""

    host: str = Field(min_length=1, description="The host.", json_schema_extra={"allowed": "a host name"})
    port: int = Field(ge=1, le=65535, description="The port.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "local").mkdir()
    (tmp_path / "test").mkdir()
    (tmp_path / "local/mail.yaml").write_text("host: ${datastore.env:MAIL_HOST,localhost}\nport: 25\n")
    return tmp_path


def problems(folder: Path, text: str, **environ: str) -> tuple[str, ...]:
    (folder / "local/mail.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as mistake:
        load_section("mail", Mail, folder, environ)
    return mistake.value.problems


def test_has_the_values_of_its_file_and_of_its_variables(folder: Path) -> None:
    assert load_section("mail", Mail, folder, {}) == Mail(host="localhost", port=25)
    assert load_section("mail", Mail, folder, {"MAIL_HOST": "mx.example"}).host == "mx.example"
    assert load_section("mail", Mail, folder, {"MAIL_HOST": ""}).host == "localhost"


def test_has_the_values_of_its_environment(folder: Path) -> None:
    (folder / "test/mail.yaml").write_text("host: nowhere\nport: 2525\n")

    assert load_section("mail", Mail, folder, {"DATASTORE_ENV": "test"}).port == 2525
    assert load_section("mail", Mail, folder, {"DATASTORE_ENV": "container"}).port == 25


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("host: a\nport: 0\n", "mail.port: '0' is too small; allowed: an integer from 1 to 65535"),
        ("host: a\nport: 1\nprot: 2\n", "mail.prot: no such key; did you mean mail.port?"),
        ("host: a\n", "mail.port: no value; allowed: an integer from 1 to 65535"),
        (
            "host: ${datastore.env:MAIL_HOST}\nport: ${datastore.env:MAIL_PORT,0}\n",
            "mail.port (MAIL_PORT): '0' is too small; allowed: an integer from 1 to 65535",
        ),
        (
            "host: ${datastore.env:DATASTORE_MAIL_HOST,a}\nport: 1\n",
            "mail.host (DATASTORE_MAIL_HOST): variables that begin with DATASTORE_ are the service's",
        ),
    ],
)
def test_reports_a_mistake_with_its_key(folder: Path, text: str, problem: str) -> None:
    assert problem in problems(folder, text)


@pytest.mark.parametrize("text", ["host: [", "- host\n", "${datastore.env:A", ""])
def test_names_an_invalid_section(folder: Path, text: str) -> None:
    assert any("mail" in problem for problem in problems(folder, text))


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"local/post\.yaml"):
        load_section("post", Mail, folder, {})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("DATASTORE_PROT", "; did you mean DATASTORE_PORT?"),
        ("DATASTORE_LOGLEVEL", "; did you mean DATASTORE_LOG_LEVEL?"),
        ("DATASTORE_XYZZY", ""),
    ],
)
def test_warns_of_a_variable_without_a_setting(caplog: pytest.LogCaptureFixture, name: str, hint: str) -> None:
    caplog.set_level(logging.WARNING)

    load_settings([], {name: "1", "DATASTORE_PORT": "1", "DATASTORE_ENV": "test", "PATH": "/"})

    assert [line.getMessage() for line in caplog.records] == [f"{name}: no setting has this environment variable{hint}"]
