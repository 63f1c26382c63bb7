"""Locates the files that travel with the package but are not Python."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def conf_dir() -> Path:
    """Returns the folder of the YAML files that Hydra composes."""
    return _locate("conf")


def migrations_dir() -> Path:
    """Returns the folder of Alembic's environment and its revisions."""
    return _locate("migrations")


def _locate(name: str) -> Path:
    """Finds a folder inside the installed package or, in a clone, at the top of the repository.

    Raises:
        FileNotFoundError: The installation is not whole.
    """
    candidates = (_PACKAGE / name, _PACKAGE.parents[1] / name)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"The folder {name}/ is missing: looked for {' and '.join(map(str, candidates))}")
