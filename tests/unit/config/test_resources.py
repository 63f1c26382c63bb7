from pathlib import Path

import pytest

from datastore_service.config import resources


def make_folders(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True)


def test_finds_the_files_of_a_clone() -> None:
    assert (resources.conf_dir() / "local" / "server.yaml").is_file()
    assert resources.migrations_dir().is_dir()


def test_prefers_the_files_of_the_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "datastore_service"
    make_folders(package / "conf", package / "migrations", tmp_path / "conf")
    monkeypatch.setattr(resources, "_PACKAGE", package)

    assert resources.conf_dir() == package / "conf"
    assert resources.migrations_dir() == package / "migrations"


def test_an_error_names_the_searched_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "lib" / "datastore_service")

    with pytest.raises(FileNotFoundError, match=f"The folder conf/ is missing: looked for {tmp_path}/lib/data"):
        resources.conf_dir()
