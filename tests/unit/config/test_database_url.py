"""URLs as services and other programs print them; asyncpg's own reader says what they come to."""

from pathlib import Path
from typing import Any, Final

import pytest
from asyncpg import connect_utils

from datastore_service.config.database_url import DatabaseUrl

type Address = tuple[str, int] | str

NEON: Final = "postgresql://alex:AbC123dEf@ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech/dbname"
RDS: Final = "postgresql://admin:p@mydb.123456789012.us-east-1.rds.amazonaws.com:5432/mydb"
SUPABASE: Final = (
    "postgresql://postgres.apbkobhfnmcqqzqeeqss:%5BYOUR-PASSWORD%5D@aws-0-ca-central-1.pooler.supabase.com"
)


def read(url: str) -> tuple[list[Address], Any]:
    """Returns to what addresses asyncpg would connect, and how."""
    parsed = DatabaseUrl.parse(url)
    parsed.check()
    names = ("host", "port", "user", "password", "passfile", "database", "ssl", "service", "servicefile", "direct_tls")
    names += ("server_settings", "target_session_attrs", "krbsrvname", "gsslib")
    parse: Any = getattr(connect_utils, "_parse_connect_dsn_and_args")  # noqa: B009 - a judge without a public name
    return parse(dsn=parsed.text, **dict.fromkeys(names))


@pytest.mark.parametrize(
    ("url", "addresses", "user", "password", "database", "mode"),
    [
        (
            f"{NEON}?sslmode=require&channel_binding=require",
            [("ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech", 5432)],
            *("alex", "AbC123dEf", "dbname", "require"),
        ),
        (
            f"{RDS}?sslmode=verify-full&sslrootcert={{file}}",
            [("mydb.123456789012.us-east-1.rds.amazonaws.com", 5432)],
            *("admin", "p", "mydb", "verify_full"),
        ),
        (
            "postgres://avnadmin:AVNS_x@pg-1234.aivencloud.com:12691/defaultdb?sslmode=require",
            [("pg-1234.aivencloud.com", 12691)],
            *("avnadmin", "AVNS_x", "defaultdb", "require"),
        ),
        (
            f"{SUPABASE}:6543/postgres",
            [("aws-0-ca-central-1.pooler.supabase.com", 6543)],
            *("postgres.apbkobhfnmcqqzqeeqss", "[YOUR-PASSWORD]", "postgres", "prefer"),
        ),
        (
            f"{SUPABASE}:6543/postgres?pgbouncer=true",
            [("aws-0-ca-central-1.pooler.supabase.com", 6543)],
            *("postgres.apbkobhfnmcqqzqeeqss", "[YOUR-PASSWORD]", "postgres", "prefer"),
        ),
        (
            f"{SUPABASE}:5432/postgres?sslmode=require&supa=base-pooler.x",
            [("aws-0-ca-central-1.pooler.supabase.com", 5432)],
            *("postgres.apbkobhfnmcqqzqeeqss", "[YOUR-PASSWORD]", "postgres", "require"),
        ),
        (
            "postgresql://postgres:p%2Fq@p.abc.db.postgresbridge.com:5432/postgres",
            [("p.abc.db.postgresbridge.com", 5432)],
            *("postgres", "p/q", "postgres", "prefer"),
        ),
        (
            "postgresql://u:p@pg1:5432,pg2:5433/app?target_session_attrs=read-write",
            [("pg1", 5432), ("pg2", 5433)],
            *("u", "p", "app", "prefer"),
        ),
        (
            "postgresql://u:p@pg1,pg2/app?port=5433",
            [("pg1", 5433), ("pg2", 5433)],
            *("u", "p", "app", "prefer"),
        ),
        (
            "postgresql+asyncpg://u:p@/app?host=pg1:5432&host=pg2:5433&ssl=require",
            [("pg1", 5432), ("pg2", 5433)],
            *("u", "p", "app", "require"),
        ),
        (
            "postgresql:///app?host=pg1,pg2&port=5432,5433&user=u&password=p",
            [("pg1", 5432), ("pg2", 5433)],
            *("u", "p", "app", "prefer"),
        ),
        ("postgresql://u:p@[2001:db8::1]:5433/app", [("2001:db8::1", 5433)], "u", "p", "app", "prefer"),
        ("postgresql:///app?host=2001:db8::1&user=u&password=p", [("2001:db8::1", 5432)], "u", "p", "app", "prefer"),
        (
            "postgresql://u:p@/app?host=/run/postgresql&port=5433",
            ["/run/postgresql/.s.PGSQL.5433"],
            *("u", "p", "app", "disable"),
        ),
        ("postgresql://u:p@%2Frun%2Fpg/app", ["/run/pg/.s.PGSQL.5432"], "u", "p", "app", "disable"),
        (
            "postgresql://u%40x:%20p+%25%3A%2F%3F%23%5B%5D%40@db/my%20app",
            [("db", 5432)],
            *("u@x", " p+%:/?#[]@", "my app", "prefer"),
        ),
        ("postgresql://db?dbname=app&user=u&password=a+b", [("db", 5432)], "u", "a+b", "app", "prefer"),
    ],
)
def test_reads_a_url(
    url: str, addresses: list[Address], user: str, password: str, database: str, mode: str, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(CERTIFICATE)

    found, how = read(url.replace("{file}", str(file)))

    assert found == addresses
    assert (how.user, how.password, how.database, how.sslmode.name) == (user, password, database, mode)


def test_a_service_and_a_password_file_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services, passwords = tmp_path / "services", tmp_path / "passwords"
    services.write_text("[records]\nhost=db\nport=5433\ndbname=app\nuser=u\n")
    passwords.write_text("db:5433:app:u:p\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGSERVICEFILE", str(services))

    addresses, how = read(f"postgresql:///?service=records&passfile={passwords}")

    assert addresses == [("db", 5433)]
    assert (how.user, how.password, how.database) == ("u", "p", "app")


def test_the_written_url_reads_as_the_same() -> None:
    url = DatabaseUrl.parse("postgresql://u:%25p@[::1]:1,%2Frun,c/d%2Fb?options=-c%20geqo%3Doff&application_name=a%26b")

    assert DatabaseUrl.parse(url.text) == url


# Of nobody, for reading alone.
CERTIFICATE: Final = """-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUL1tcoSYkVcfVVKLc2nrqjZNxB20wCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjEyMDEwMTI4MDhaGA8yMTI2MTEwNzAxMjgw
OFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJtw
OgKz6lHhiYtdtBV1RqOcLJTNWhTtpYsuqCeuORi4QFlqJRyJUgRz7wSpkmzoF6Ji
Kw7kxB8gzrKy6fBqh1yjUzBRMB0GA1UdDgQWBBQoUm/hqUZZpykFjN1HSgxSlzVO
zzAfBgNVHSMEGDAWgBQoUm/hqUZZpykFjN1HSgxSlzVOzzAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIGWPRVG3OhbQ/j29vFccdmD+PZU6i/+nTRUg
490XwZKuAiBE1vI5ueVuN9jjDtD/Dad2iDr/CD+g4ycp/AD4Rz1/sw==
-----END CERTIFICATE-----
"""
