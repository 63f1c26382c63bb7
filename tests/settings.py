"""Settings to be tested with, composed once in a process: Hydra takes a fifth of a second for it."""

from functools import cache

from datastore_service.config.loader import load_settings
from datastore_service.config.settings import Settings


@cache
def settings_with(*overrides: str, environment: str = "test") -> Settings:
    """Returns the settings of the environment with these overrides, such as `limits.body_bytes=100000`."""
    return load_settings(overrides, {"DATASTORE_ENV": environment})
