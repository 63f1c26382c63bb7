"""What MkDocs does beside rendering docs/: it writes the reference, and lists the decisions (adr/0014)."""

from pathlib import Path
from typing import Final, cast

from fastapi import FastAPI
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

import hatch_build
from datastore_service.config.loader import load_settings
from datastore_service.main import create_app
from docsite.command_line import command_line_page
from docsite.errors import errors_page
from docsite.graphql import graphql_page
from docsite.metrics import metrics_page
from docsite.python import python_page
from docsite.rest import rest_page
from docsite.settings import settings_page

ROOT: Final = Path(__file__).parents[1]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Provides Mermaid, and puts every decision into the navigation."""
    try:
        hatch_build.provide(ROOT)
    except hatch_build.AssetError as error:
        raise PluginError(str(error)) from error
    nav = cast("list[dict[str, list[str]]]", config["nav"])
    decisions = next(section["Decisions"] for section in nav if "Decisions" in section)
    found = sorted(path.name for path in (ROOT / "adr").glob("[0-9]*.md") if not path.name.startswith("0000"))
    decisions[1:] = [f"adr/{name}" for name in found]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the reference pages, which are not in docs/ but made from the code."""
    for name, content in reference(create_app(load_settings([], {}))).items():
        files.append(File.generated(config, f"reference/{name}.md", content=content))
    return files


def reference(app: FastAPI) -> dict[str, str]:
    """Returns the reference pages by their names."""
    return {
        "rest": rest_page(app.openapi()),
        "graphql": graphql_page(app.state.graphql.executable.schema.as_str()),
        "command-line": command_line_page(),
        "settings": settings_page(),
        "errors": errors_page(),
        "metrics": metrics_page(),
        "python": python_page(),
    }
