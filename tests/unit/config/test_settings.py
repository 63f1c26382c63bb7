from pathlib import Path

import pytest
from pydantic import ValidationError

from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.config.loader import ConfigurationError, load_settings

LOCAL = load_settings([], {}).database.model_dump()


def database(url: str | None) -> DatabaseSettings:
    return DatabaseSettings.model_validate({**LOCAL, "url": url})


def normalised(url: str) -> str:
    secret = database(url).url
    assert secret is not None
    return secret.get_secret_value()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "POSTGRESQL"])
def test_every_scheme_of_postgresql_is_understood(scheme: str) -> None:
    assert normalised(f"{scheme}://user:p%40ss@db:5432/records") == "postgresql://user:p%40ss@db:5432/records"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/x",
        "sqlite:///x",
        "postgresql+psycopg://db/x",
        "db/x",
        "postgresql://",
        "postgresql:///records",
        "postgresql://db:port/x",
        "postgresql://db:70000/x",
        "postgresql://user:a#b@db/x",
        "postgresql://user:12/4@db/x",
        "postgresql://[::1/x",
        "postgresql://a,,b/x",
        "postgresql://db/x?sslmode",
        "postgresql://db/x?sslmode=sometimes",
        "postgresql://db/x?connect_timeout=soon",
        "postgresql://a,b,c/x?port=1,2",
        "postgresql://db/x?search_path=app",
        "postgresql://db/x?requirepeer=postgres",
        "postgresql://db/x?target_session_attrs=master",
        "postgresql://db/x?gssencmode=require",
        "postgresql://db/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
        "postgresql://db/x?sslmode=require&sslrootcert=system",
        "postgresql://db/x?sslnegotiation=direct",
        "postgresql://db/x?service=nobody-defines-it",
        "",
    ],
)
def test_refuses_other_urls(url: str) -> None:
    with pytest.raises(ValidationError, match=r"^1 validation error for DatabaseSettings\nurl\n"):
        database(url)


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://user:s3cret@db:5432/x", "postgresql://user:***@db:5432/x"),
        ("postgresql://user:s3:cr@et@db/x", "postgresql://user:***@db/x"),
        ("postgresql://user@db/x", "postgresql://user@db/x"),
        ("postgresql://[::1]:5432/x", "postgresql://[::1]:5432/x"),
        ("postgresql:///x?host=/run", "postgresql:///x?host=/run"),
        ("postgresql://db/x?user=u&password=s3cret", "postgresql://u:***@db/x"),
        ("postgresql://u@db/x?sslpassword=s3cret", "postgresql://u@db/x?sslpassword=***"),
        ("postgresql://u:s3cret@a,b:1/x", "postgresql://u:***@a,b:1/x?target_session_attrs=read-write"),
        (None, None),
    ],
)
def test_shows_a_url_without_its_password(url: str | None, masked: str | None) -> None:
    assert database(url).masked_url == masked
    assert database(url).model_dump(mode="json")["url"] == masked


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cret@db/x?unknown=1",
        "postgresql://u:pa?s3cret=x@db/x",
        "postgresql://u:s3cret@db/x?sslmode=s3cret",
        "postgresql://u@db/x?sslpassword=s3cret&hostaddr=1",
        "postgresql://u:s3cret@db:port/x",
    ],
)
def test_no_error_repeats_a_secret(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings([], {"DATABASE_URL": url})

    assert "s3cret" not in str(refused.value)


def test_no_representation_of_the_settings_contains_the_password() -> None:
    settings = database("postgresql://user:s3cret@db/x")

    assert "s3cret" not in repr(settings) + str(settings) + str(settings.model_dump()) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("given", "meant"),
    [("data", "{here}/data"), ("./data", "{here}/data"), ("~/data", "{home}/data"), ("/data", "/data")],
)
def test_the_data_folder_is_absolute(given: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))

    settings = DatabaseSettings.model_validate({**LOCAL, "data_dir": given})

    assert settings.data_dir == Path(meant.format(here=here, home=home))


def test_refuses_the_home_folder_of_an_unknown_user() -> None:
    with pytest.raises(ValidationError, match="names a home folder that cannot be found"):
        DatabaseSettings.model_validate({**LOCAL, "data_dir": "~no-such-user/data"})


@pytest.mark.parametrize("level", ["debug", "Debug", "DEBUG"])
def test_a_log_level_may_be_written_in_either_case(level: str) -> None:
    assert load_settings([], {"DATASTORE_LOG_LEVEL": level}).observability.log_level == "DEBUG"


def test_settings_cannot_be_changed() -> None:
    settings = database(None)

    with pytest.raises(ValidationError, match="frozen"):
        settings.pool_timeout = 1
