import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf
from omegaconf.resolvers import oc

from datastore_service.config.loader import ConfigurationError, describe_settings, load_settings, settings_as_yaml
from datastore_service.config.resources import conf_dir

pytestmark = pytest.mark.slow

SECRET_URL = "postgresql://user:s3cret@db.example:5432/records"  # noqa: S105 - invented


def problems(
    overrides: Sequence[str] = (), environ: dict[str, str] | None = None, conf: Path | None = None
) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as raised:
        load_settings(overrides, environ or {}, conf)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return Path(shutil.copytree(conf_dir(), tmp_path / "conf"))


def test_local_is_the_default_environment() -> None:
    settings = load_settings([], {})

    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert settings.database.url is None
    assert settings.observability.log_format == "text"
    assert settings == load_settings([], {"DATASTORE_ENV": "local"})


def test_the_container_listens_on_every_interface_and_logs_json() -> None:
    settings = load_settings([], {"DATASTORE_ENV": "container", "DATABASE_URL": SECRET_URL})

    assert settings.server.host == "0.0.0.0"  # noqa: S104 - a container's own interfaces
    assert settings.observability.log_format == "json"


def test_a_container_without_a_database_is_a_mistake_that_names_the_variable() -> None:
    (problem,) = problems(environ={"DATASTORE_ENV": "container"})

    assert problem.startswith("database.url (DATABASE_URL): no value; allowed: postgresql://")


def test_tests_take_any_free_port() -> None:
    assert load_settings([], {"DATASTORE_ENV": "test"}).server.port == 0


def test_an_environment_variable_wins_over_the_yaml_and_an_override_over_both() -> None:
    environ = {"DATASTORE_PORT": "8001"}

    assert load_settings([], environ).server.port == 8001
    assert load_settings(["server.port=8002"], environ).server.port == 8002
    assert environ == {"DATASTORE_PORT": "8001"}


def test_reads_the_environment_of_the_process_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASTORE_ENV", "test")
    monkeypatch.setenv("DATASTORE_PORT", "8003")

    assert load_settings().server.port == 8003


def test_an_empty_environment_variable_counts_as_not_set() -> None:
    empty = {description.variable: "" for description in describe_settings() if description.variable}

    assert load_settings([], {"DATASTORE_ENV": "", **empty}) == load_settings([], {})


def test_null_overrides_a_database_of_the_environment() -> None:
    assert load_settings(["database.url=null"], {"DATABASE_URL": SECRET_URL}).database.url is None


@pytest.mark.parametrize(
    "name",
    ["a=b", "it's", "ends\\", "\\'", "${datastore.env:X}", "\\${x}", "[1", "007", "1e3", "a, b", " null", 'say "so"'],
)
def test_uses_the_value_of_an_override_literally(name: str, tmp_path: Path) -> None:
    assert load_settings([f"database.data_dir={tmp_path}/{name}"], {}).database.data_dir == tmp_path / name


def test_uses_the_value_of_an_environment_variable_literally(tmp_path: Path) -> None:
    name = "${datastore.env:HOME}"

    assert load_settings([], {"DATASTORE_DATA_DIR": f"{tmp_path}/{name}"}).database.data_dir == tmp_path / name


@pytest.mark.parametrize(
    ("key", "value", "reason", "allowed"),
    [
        ("server.port", "abc", "is not a valid integer", "an integer from 0 to 65535"),
        ("server.port", "70000", "is too large", "an integer from 0 to 65535"),
        ("server.port", "-1", "is too small", "an integer from 0 to 65535"),
        ("server.port", "80.5", "is not a valid integer", "an integer from 0 to 65535"),
        ("database.pool_timeout", "soon", "is not a valid number", "a number from 0.1 to 3600"),
        ("database.pool_timeout", "nan", "is not a valid number", "a number from 0.1 to 3600"),
        ("graphql.graphiql", "perhaps", "is not a valid boolean", "true or false"),
        ("observability.log_format", "xml", "is not one of the choices", "text, json"),
        ("limits.page_size_max", "10", "is less than limits.page_size_default", "an integer from 1 to 10000"),
    ],
)
def test_names_the_key_and_the_environment_variable_of_a_bad_value(
    key: str, value: str, reason: str, allowed: str
) -> None:
    variable = f"DATASTORE_{key.partition('.')[2].upper()}"
    line = f"{key} ({variable}): '{value}' {reason}; allowed: {allowed}"

    assert problems([f"{key}={value}"]) == problems(environ={variable: value}) == (line,)


def test_says_what_is_wrong_with_an_empty_or_missing_value() -> None:
    lines = problems(["server.host=", "server.port=null", "database.data_dir="])

    assert [line.partition(";")[0] for line in lines] == [
        "server.host (DATASTORE_HOST): '' is empty",
        "server.port (DATASTORE_PORT): no value",
        "database.data_dir (DATASTORE_DATA_DIR): '' is not a folder",
    ]


def test_reports_every_mistake_at_once() -> None:
    lines = problems(["server.port=abc"], {"DATASTORE_LOG_LEVEL": "loud", "DATASTORE_JSON_DEPTH": "0"})

    assert [line.partition(" ")[0] for line in lines] == ["server.port", "limits.json_depth", "observability.log_level"]


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("server.prot=1", "server.prot: no such key; did you mean server.port?"),
        ("port=1", "port: no such key; did you mean server.port?"),
        ("+server.port=1", "+server.port: no such key; did you mean server.port?"),
        ("DATABASE_URL=x", "DATABASE_URL: no such key; did you mean database.url?"),
        ("zzz=1", "zzz: no such key"),
        ("server.port", "server.port: no value; write server.port=VALUE"),
        ("server.port.x=1", "server.port.x: no such key; did you mean server.port?"),
        ("9000", "9000 is not KEY=VALUE; for example server.port=9000"),
        ("=9000", "*** is not KEY=VALUE; for example server.port=9000"),
        ("", "*** is not KEY=VALUE; for example server.port=9000"),
        ("--port", "--port: no such option; did you mean server.port?"),
        ("--server.port=1", "--server.port: no such option; did you mean server.port?"),
        ("--relaod", "--relaod: no such option"),
    ],
)
def test_suggests_a_correction_of_a_malformed_override(override: str, line: str) -> None:
    assert problems([override]) == (line,)


@pytest.mark.parametrize("override", [SECRET_URL, f"{SECRET_URL}?a=b", f"url={SECRET_URL}", f"--url={SECRET_URL}"])
def test_never_repeats_a_secret_from_a_malformed_override(override: str) -> None:
    assert "s3cret" not in str(problems([override]))


@pytest.mark.parametrize(
    "url", ["mysql://user:s3cret@db/x", "s3cret", "postgresql://user:s3cret/@db/x", f"{SECRET_URL}?s3cret=1"]
)
def test_masks_a_database_url_that_is_refused(url: str) -> None:
    (problem,) = problems(environ={"DATABASE_URL": url})

    assert problem.startswith("database.url (DATABASE_URL): '")
    assert "***" in problem
    assert "s3cret" not in problem


def test_lists_the_environments_if_the_requested_one_is_unknown() -> None:
    assert problems(environ={"DATASTORE_ENV": "prod"}) == (
        "DATASTORE_ENV: 'prod' is not an environment; allowed: container, local, test",
    )


def test_names_file_and_line_of_broken_yaml(conf: Path) -> None:
    broken = conf / "local" / "server.yaml"
    broken.write_text("host: here\nport: [1\n")

    assert problems(conf=conf) == (f"{broken}, line 3: expected ',' or ']', but got '<stream end>'",)


def test_names_file_and_line_of_a_repeated_key(conf: Path) -> None:
    broken = conf / "local" / "server.yaml"
    broken.write_text("port: 1\nport: 2\n")

    assert problems(conf=conf) == (f"{broken}, line 2: found duplicate key port",)


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("port: 1\nprot: 2", "server.prot: no such key; did you mean server.port?"),
        ("port: ???", "server.port: no value; allowed: an integer from 0 to 65535"),
        ("port: ${datastore.env:PORT}", "server.port (PORT): no value; allowed: an integer from 0 to 65535"),
        ("port: [1]", "server.port: '[1]' is not valid; allowed: an integer from 0 to 65535"),
        ("port: ${elsewhere}", "server.port: Interpolation key 'elsewhere' not found"),
        ("port: '${datastore.env:PORT'", "{conf}: missing BRACE_CLOSE at '<EOF>'"),
        ("defaults: [nowhere]", "{conf}: In 'local/server': Could not load 'local/nowhere'."),
        ("defaults: 3", "{conf}: Invalid defaults list in 'local/server', defaults must be a list (got int)"),
    ],
)
def test_names_the_key_that_is_wrong_in_the_yaml(yaml: str, line: str, conf: Path) -> None:
    (conf / "local" / "server.yaml").write_text(
        f"host: localhost\nworkers: 1\nshutdown_timeout: 1\nshutdown_delay: 0\n"
        f"keep_alive_seconds: 5\ncompress: true\nallowed_hosts: []\ncors_origins: []\ncors_headers: []\n"
        f"trusted_proxies: []\nroot_path: ''\ncursor_key: null\n{yaml}\n"
    )

    assert problems(conf=conf) == (line.replace("{conf}", str(conf)),)


def test_refuses_a_section_that_is_not_a_mapping(conf: Path) -> None:
    (conf / "local.yaml").write_text("defaults:\n  - local/server@server\n  - _self_\nlimits: 3\n")

    assert "limits.json_depth: no value; allowed: an integer from 1 to 200" in problems(conf=conf)


def test_leaves_the_global_state_of_hydra_and_omegaconf_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASTORE_PORT", "1")

    load_settings(["server.port=1"], {})
    load_settings(["server.port=2"], {})
    problems(["server.port=x"])

    assert not GlobalHydra.instance().is_initialized()
    assert OmegaConf.create({"port": "${oc.env:DATASTORE_PORT}"}).port == "1"
    assert not OmegaConf.has_resolver("datastore.env")


def test_keeps_the_resolvers_of_a_surrounding_application() -> None:
    def its(name: str) -> str:
        return f"its {name}"

    OmegaConf.register_new_resolver("oc.env", its, replace=True)
    try:
        assert load_settings([], {"DATASTORE_PORT": "7"}).server.port == 7
        assert OmegaConf.create({"port": "${oc.env:PORT}"}).port == "its PORT"
    finally:
        OmegaConf.register_new_resolver("oc.env", oc.env, replace=True)


def test_describes_every_setting_with_its_default_and_its_variable() -> None:
    described = {description.key: description for description in describe_settings()}

    assert described["server.port"].type == "integer"
    assert described["server.port"].allowed == "an integer from 0 to 65535"
    assert described["server.port"].default == 8080
    assert described["server.port"].variable == "DATASTORE_PORT"
    assert described["database.url"].type == "secret"
    assert described["observability.log_level"].type == "choice"
    assert described["database.data_dir"].default == ".datastore"


def test_describes_the_defaults_of_another_environment() -> None:
    described = {description.key: description.default for description in describe_settings("container")}

    assert described["server.host"] == "0.0.0.0"  # noqa: S104 - what a container listens on
    assert described["database.url"] is None


def test_every_setting_has_a_description_and_a_variable_of_its_name() -> None:
    for description in describe_settings():
        assert description.description
        name = description.key.partition(".")[2].upper()
        assert description.variable in {
            "DATABASE_URL",
            "READ_DATABASE_URL",
            f"DATASTORE_{name}",
            # The standard's own name.
            f"OTEL_EXPORTER_{name}",
            # Whose names would say too little without it.
            f"DATASTORE_TYPING_{name}",
            f"DATASTORE_WEBHOOK_{name}",
        }


def test_shows_settings_as_yaml_without_the_password() -> None:
    shown = settings_as_yaml(load_settings([f"database.url={SECRET_URL}?sslmode=require"], {}))

    assert "url: postgresql://user:***@db.example:5432/records?sslmode=require\n" in shown
    assert "port: 8080\n" in shown
    assert "s3cret" not in shown
