"""The settings as a page, from their Pydantic models and the YAML of `conf/`."""

from itertools import groupby
from typing import Final

from datastore_service.config.loader import SettingDescription, describe_settings
from datastore_service.config.settings import Settings
from docsite.markdown import page, table

_INTRODUCTION: Final = """
A setting is taken from the first of these that has it: a `KEY=VALUE` word on the command line, its environment
variable, the file `conf/ENVIRONMENT/SECTION.yaml`. The environment is `local` unless `DATASTORE_ENV` names another.
[How to configure the service](../how-to/configure.md) shows each way.
"""


def settings_page() -> str:
    """Returns the page of every key with its variable, its defaults and its bounds."""
    container = {setting.key: setting for setting in describe_settings("container")}
    parts: list[str] = []
    for section, settings in groupby(describe_settings(), lambda setting: setting.key.partition(".")[0]):
        rows = [_row(setting, container[setting.key]) for setting in settings]
        said = Settings.model_fields[section].annotation.__doc__ or ""
        parts += [f"## {section}", said, table(["key and variable", "default", "meaning"], rows)]
    return page("# Settings", _INTRODUCTION, *parts)


def _row(local: SettingDescription, container: SettingDescription) -> tuple[str, ...]:
    default = _shown(local)
    if container.default != local.default:
        default += f"<br>in a container {_shown(container)}"
    variable = f"<br>`{local.variable}`" if local.variable else ""
    return f"`{local.key}`{{ #{local.key} }}{variable}", default, f"{local.description} Allowed: {local.allowed}."


def _shown(setting: SettingDescription) -> str:
    value = setting.default
    if value is None or value in ("", [], ()):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
