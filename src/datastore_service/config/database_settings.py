"""The settings of the database: type, bounds and purpose of each. The values stand in conf/."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_serializer,
    field_validator,
)

from datastore_service.config.database_url import DatabaseUrl
from datastore_service.config.section import Section, absolute


def _canonical(url: SecretStr | None) -> SecretStr | None:
    """Brings a URL into the form that is kept; no message repeats a secret of it."""
    return None if url is None else SecretStr(_parsed(url).text)


def _of_primary(url: SecretStr | None) -> SecretStr | None:
    """Does the same; of several hosts it takes only one that accepts writes, unless the URL says otherwise."""
    if url is None:
        return None
    parsed = _parsed(url)
    if len(parsed.hosts) > 1:
        parsed = replace(parsed, parameters={"target_session_attrs": "read-write", **parsed.parameters})
    return SecretStr(parsed.text)


def _parsed(url: SecretStr) -> DatabaseUrl:
    parsed = DatabaseUrl.parse(url.get_secret_value())
    parsed.check()
    return parsed


class DatabaseSettings(Section):
    """Where the data lies, and how it is reached."""

    url: Annotated[SecretStr | None, AfterValidator(_of_primary)] = Field(
        description="The PostgreSQL to use, as a libpq URL; null starts the embedded PostgreSQL.",
        json_schema_extra={
            "allowed": "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=MODE (parameters of libpq), or null"
        },
    )
    read_url: Annotated[SecretStr | None, AfterValidator(_canonical)] = Field(
        description="A replica of that PostgreSQL, which then answers all queries; null reads where it writes.",
        json_schema_extra={
            "allowed": "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=MODE (parameters of libpq), or null"
        },
    )
    data_dir: Annotated[Path, BeforeValidator(absolute)] = Field(
        description="The folder of the embedded PostgreSQL's data.",
        json_schema_extra={"allowed": "a folder, absolute or relative to the current one"},
    )
    start_timeout: float = Field(
        ge=0, le=86400, description="Seconds to wait for the database at the start; 0 does not wait."
    )
    migrate: bool = Field(
        description="Whether `serve` upgrades the schema before it starts; otherwise the schema has to be current."
    )
    migration_lock_timeout: float = Field(
        ge=0.1, le=3600, description="Seconds that a migration waits for a table in use before it tries again later."
    )
    search_language: str = Field(
        pattern=r"^[a-z_]{1,63}$",
        description="The configuration of full-text search; only `simple` has an index from the start.",
        json_schema_extra={"allowed": "such as simple, english or german"},
    )
    write_pool_size: int = Field(ge=1, le=1000, description="Connections that the write side may hold.")
    read_pool_size: int = Field(ge=1, le=1000, description="Connections that each of the two pools for lists may hold.")
    pool_timeout: float = Field(ge=0.1, le=3600, description="Seconds a request waits for a free connection.")
    connect_timeout: float = Field(ge=0.1, le=3600, description="Seconds that opening a connection may take.")
    statement_timeout: float = Field(ge=0.1, le=86400, description="Seconds after which a statement is cancelled.")
    lock_timeout: float = Field(
        ge=0.1, le=86400, description="Seconds that a statement waits for a lock of another session."
    )
    silence_timeout: float = Field(
        ge=1, le=3600, description="Seconds without an answer from PostgreSQL after which a connection is closed."
    )

    @field_validator("read_url", mode="after")
    @classmethod
    def _has_a_primary(cls, read_url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if read_url is not None and info.data.get("url") is None:
            raise ValueError("is a replica of nothing: database.url is not set")
        return read_url

    @property
    def masked_url(self) -> str | None:
        """The URL with the password blotted out, fit to be shown."""
        return self._show_masked(self.url)

    @property
    def masked_read_url(self) -> str | None:
        """The same of the replica's URL."""
        return self._show_masked(self.read_url)

    @field_serializer("url", "read_url", when_used="json")
    def _show_masked(self, url: SecretStr | None) -> str | None:
        return None if url is None else DatabaseUrl.parse(url.get_secret_value()).masked
