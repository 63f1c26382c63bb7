from pathlib import Path

import pytest

from datastore_service.config.loader import ConfigurationError, describe_settings, load_settings, settings_as_yaml
from datastore_service.config.settings import ServerSettings

LOCAL = load_settings([], {}).server.model_dump()


@pytest.mark.parametrize(
    ("given", "hosts"),
    [
        ("", ()),
        ("a.example", ("a.example",)),
        (" A.example ,*.b.example,, * ", ("a.example", "*.b.example", "*")),
        ("[::1], fd00:0:0::1,10.0.0.1", ("::1", "fd00::1", "10.0.0.1")),
        (["a.example", "b"], ("a.example", "b")),
    ],
)
def test_reads_hosts_separated_by_commas_or_as_a_list(given: str | list[str], hosts: tuple[str, ...]) -> None:
    assert ServerSettings.model_validate({**LOCAL, "allowed_hosts": given}).allowed_hosts == hosts


@pytest.mark.parametrize("origins", ["https://a.example", "http://localhost:3000,https://[fd00::1]:8443"])
def test_reads_origins(origins: str) -> None:
    settings = load_settings([f"server.cors_origins={origins}"], {})

    assert settings == load_settings([], {"DATASTORE_CORS_ORIGINS": origins})
    assert ",".join(settings.server.cors_origins) == origins


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("server.allowed_hosts=a.example:80", "names 'a.example:80', which is no host"),
        ("server.allowed_hosts=ok,https://a.example", "names 'https://a.example', which is no host"),
        ("server.allowed_hosts=a.*.example", "names 'a.*.example', which is no host"),
        ("server.cors_origins=*", "names '*', which is no origin"),
        ("server.cors_origins=null", "no value"),
        ("server.cors_origins=a.example", "names 'a.example', which is no origin"),
        ("server.cors_origins=https://a.example/", "names 'https://a.example/', which is no origin"),
    ],
)
def test_names_the_invalid_entry(override: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_settings([override], {})

    (problem,) = raised.value.problems
    assert reason in problem
    assert "with commas between" in problem


def test_are_shown_as_lists(tmp_path: Path) -> None:
    described = {description.key: description for description in describe_settings()}
    shown = settings_as_yaml(load_settings(["server.allowed_hosts=a,b", f"database.data_dir={tmp_path}"], {}))

    assert (described["server.allowed_hosts"].type, described["server.allowed_hosts"].default) == ("list", "")
    assert "allowed_hosts:\n  - a\n  - b\n" in shown


def test_may_be_lists_in_yaml(tmp_path: Path) -> None:
    (tmp_path / "local.yaml").write_text("server:\n  allowed_hosts: [a.example, b.example]\n  cors_origins: x\n")

    with pytest.raises(ConfigurationError) as raised:
        load_settings([], {}, tmp_path)

    told_of = [problem.partition(" ")[0] for problem in raised.value.problems]
    assert "server.cors_origins:" in told_of
    assert not any("allowed_hosts" in key for key in told_of)
