"""What no test changes is read once: the service's own YAML, and the grammar of what stands in it."""

import importlib
from collections.abc import Generator, Sequence
from functools import cache
from pathlib import Path

import pytest
from omegaconf import DictConfig

from datastore_service.config import loader
from datastore_service.config.resources import conf_dir


@pytest.fixture(scope="package", autouse=True)
def read_once() -> Generator[None]:
    """Composes the YAML of a test's own folder each time, that of the service once for each list of overrides."""
    anew, its_own = loader._compose, conf_dir()  # pyright: ignore[reportPrivateUsage] - what takes the time

    @cache
    def once(environment: str, overrides: tuple[str, ...]) -> DictConfig:
        return anew(its_own, environment, overrides)

    def compose(folder: Path, environment: str, overrides: Sequence[str] = ()) -> DictConfig:
        return once(environment, tuple(overrides)) if folder == its_own else anew(folder, environment, overrides)

    parse = cache(importlib.import_module("omegaconf.grammar_parser").parse)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "_compose", compose)
        for module in ("omegaconf.base", "omegaconf._utils"):
            patch.setattr(f"{module}.parse", parse)
        yield
