"""What PostgreSQL's programs are told of the database: what the service obeys, and nothing else of the caller's."""

from pathlib import Path

import pytest

from datastore_service.infrastructure.backup import programs

told = getattr(programs, "_environment")  # noqa: B009 - what a program is started with is seen in no other way


def test_what_the_service_honours_reaches_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", "/etc/ca.pem")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PGPASSWORD", "s3cret")

    environment = told("postgresql://u@db/app?sslmode=verify-full")

    assert environment["PGSSLROOTCERT"] == "/etc/ca.pem"
    assert environment["HOME"] == str(tmp_path)
    assert environment["PGPASSWORD"] == "s3cret"
    assert environment["PGSSLMODE"] == "verify-full"


def test_the_url_is_above_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"):
        monkeypatch.setenv(name, "another")

    environment = told("postgresql://u:p%40@h1:1,[::1]:2/app?sslmode=require&target_session_attrs=primary")

    given = {name: environment[name] for name in environment if name.startswith("PG")}
    assert given == {
        "PGAPPNAME": "datastore-backup",
        "PGCONNECT_TIMEOUT": "10",
        "PGDATABASE": "app",
        "PGHOST": "h1,::1",
        "PGPASSWORD": "p@",
        "PGPORT": "1,2",
        "PGSSLMODE": "require",
        "PGTARGETSESSIONATTRS": "primary",
        "PGUSER": "u",
    }


@pytest.mark.parametrize(
    "name",
    ["PGOPTIONS", "PGHOSTADDR", "PGSERVICE", "PGTZ", "PG_COLOR", "PYTHONPATH", "DATABASE_URL", "DATASTORE_CURSOR_KEY"],
)
def test_what_would_lead_elsewhere_does_not(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")

    assert name not in told("postgresql://u@db/app")
