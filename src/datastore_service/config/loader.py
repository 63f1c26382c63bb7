"""Composes conf/ with Hydra into `Settings`; a mistake becomes a line that says how to mend it."""

import os
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, cast

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import (
    InterpolationKeyError,
    InterpolationResolutionError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    UnsupportedInterpolationType,
)
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml import MarkedYAMLError, YAMLError

from datastore_service.config.resources import conf_dir
from datastore_service.config.settings import Settings

_ENVIRONMENT: Final = "DATASTORE_ENV"
_DEFAULT_ENVIRONMENT: Final = "local"
_MASK: Final = "***"
_KEY: Final = re.compile(r"[\w.+~-]+")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_RESOLVER: Final = "datastore.env"
_VARIABLE: Final = re.compile(r"\$\{datastore\.env:(\w+)")
_REASONS: Final = {
    "bool_parsing": "is not a valid boolean",
    "finite_number": "is not a valid number",
    "float_parsing": "is not a valid number",
    "greater_than_equal": "is too small",
    "int_from_float": "is not a valid integer",
    "int_parsing": "is not a valid integer",
    "less_than_equal": "is too large",
    "literal_error": "is not one of the choices",
    "string_too_short": "is empty",
}
_TYPES: Final = {"array": "list"}

type _Values = dict[str, Any]
type _Schemas = dict[str, dict[str, Any]]


class ConfigurationError(Exception):
    """Says what is wrong with the configuration, one line a problem."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDescription:
    """What an operator has to know about one setting."""

    key: str
    type: str
    allowed: str
    description: str
    default: str | int | float | bool | None
    variable: str | None


def load_settings(
    overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None, conf: Path | None = None
) -> Settings:
    """Composes the settings: overrides win over environment variables, and those over the YAML.

    Args:
        overrides: Words like `server.port=9000`. What follows the `=` is taken as it stands; `null` is no value.
        environ: The environment variables, by default those of the process. An empty one counts as not set.
        conf: The folder of YAML files, by default the one that travels with the package.

    Raises:
        ConfigurationError: There is a mistake in any of them.
    """
    folder = conf or conf_dir()
    variables = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
    environment = variables.get(_ENVIRONMENT, _DEFAULT_ENVIRONMENT)
    if environment not in (known := sorted(file.stem for file in folder.glob("*.yaml"))):
        raise ConfigurationError(f"{_ENVIRONMENT}: {environment!r} is not an environment; allowed: {', '.join(known)}")
    schemas = _schemas()
    if problems := [problem for override in overrides if (problem := _problem_of_override(override, schemas))]:
        raise ConfigurationError(*problems)
    values = _resolve(_compose(folder, environment, overrides), variables)
    try:
        return Settings.model_validate(values)
    except ValidationError as invalid:
        feeding = _variables(_compose(folder, environment))
        problems = [_problem_of_value(error, schemas, feeding) for error in invalid.errors(include_url=False)]
    raise ConfigurationError(*problems)


def describe_settings(environment: str = _DEFAULT_ENVIRONMENT) -> tuple[SettingDescription, ...]:
    """Returns every setting, with the default it has in the environment; None where it has none."""
    config = _compose(conf_dir(), environment)
    variables, defaults = _variables(config), _resolve(config, {})
    return tuple(
        SettingDescription(
            key=key,
            type=_type(schema),
            allowed=_allowed(schema),
            description=schema["description"],
            default=defaults[section].get(name),
            variable=variables.get(key),
        )
        for key, schema in _schemas().items()
        for section, name in [key.split(".")]
    )


def settings_as_yaml(settings: Settings) -> str:
    """Writes the settings as YAML, with the secrets blotted out."""
    return OmegaConf.to_yaml(OmegaConf.create(settings.model_dump(mode="json")))


def _compose(folder: Path, environment: str, overrides: Sequence[str] = ()) -> DictConfig:
    """Lets Hydra read the YAML of one environment; what its interpolations stand for is left open."""
    try:
        with initialize_config_dir(config_dir=str(folder.absolute()), version_base="1.3"):
            return compose(config_name=environment, overrides=[_quoted(override) for override in overrides])
    except MarkedYAMLError as error:
        place = f"{error.problem_mark.name}, line {error.problem_mark.line + 1}" if error.problem_mark else str(folder)
        raise ConfigurationError(f"{place}: {error.problem}") from error
    except (HydraException, OmegaConfBaseException, OSError, ValueError, YAMLError) as error:
        raise ConfigurationError(f"{folder}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    """Returns what OmegaConf or Hydra has to say; Hydra may leave that to the cause."""
    while not str(error) and error.__cause__:
        error = error.__cause__
    return str(error).partition("\n")[0]


def _quoted(override: str) -> str:
    r"""Quotes the value for Hydra's grammar, in which the `=` of a URL or the `~` of a folder would be an error.

    Backslashes are doubled only where they would otherwise escape what follows: `\${`, `\'` and the closing quote.
    """
    key, _, value = override.partition("=")
    if value == "null":
        return override
    value = re.sub(r"(\\*)\$\{", r"\1\1\\${", value)
    return f"{key}='" + re.sub(r"(\\*)('|$)", lambda end: end[1] * 2 + (end[2] and r"\'"), value) + "'"


def _raw(config: DictConfig) -> dict[str, _Values]:
    """Returns the sections with their interpolations as they stand in the YAML."""
    sections = cast("dict[str, _Values | object]", OmegaConf.to_container(config))
    return {name: cast("_Values", keys) if isinstance(keys, dict) else {} for name, keys in sections.items()}


def _resolve(config: DictConfig, variables: Mapping[str, str]) -> dict[str, _Values]:
    """Fills in the environment variables; a key whose variable is not set and has no default is left out."""
    values: dict[str, _Values] = {section: {} for section in _raw(config)}
    with _reading(variables):
        for section, name in [(section, name) for section, keys in _raw(config).items() for name in keys]:
            try:
                value = config[section][name]
                values[section][name] = OmegaConf.to_object(value) if OmegaConf.is_config(value) else value
            except (InterpolationKeyError, UnsupportedInterpolationType) as error:
                raise ConfigurationError(f"{section}.{name}: {_first_line(error)}") from error
            except (InterpolationResolutionError, MissingMandatoryValue):
                continue
    return values


@contextmanager
def _reading(variables: Mapping[str, str]) -> Generator[None]:
    """Makes `${datastore.env:NAME,default}` read these variables.

    OmegaConf's own `oc.env` reads those of the process, and takes an empty one for a value.
    """

    def read(name: str, *default: object) -> object:
        return variables[name] if name in variables or not default else default[0]

    OmegaConf.register_new_resolver(_RESOLVER, read, replace=True)
    try:
        yield
    finally:
        OmegaConf.clear_resolver(_RESOLVER)


def _variables(config: DictConfig) -> dict[str, str]:
    """Returns which environment variable feeds which key."""
    return {
        f"{section}.{name}": found[1]
        for section, keys in _raw(config).items()
        for name, value in keys.items()
        if (found := _VARIABLE.search(str(value)))
    }


def _problem_of_override(override: str, schemas: _Schemas) -> str | None:
    """Judges the part before the `=`; only that is ever shown, for the value may be a secret."""
    key, equals, _ = override.partition("=")
    if key in schemas and equals:
        return None
    if key in schemas:
        return f"{key}: no value; write {key}=VALUE"
    if not _KEY.fullmatch(key) or not (equals or key.startswith("-")):
        return f"{key if _KEY.fullmatch(key) else _MASK} is not KEY=VALUE; for example server.port=9000"
    return f"{key}: no such {'option' if key.startswith('-') else 'key'}{_suggestion(key, schemas)}"


def _suggestion(key: str, schemas: _Schemas) -> str:
    candidates = {known.rpartition(".")[2]: known for known in schemas} | {known: known for known in schemas}
    similar = get_close_matches(key.strip("-+~").lower(), candidates, n=1)
    return f"; did you mean {candidates[similar[0]]}?" if similar else ""


def _problem_of_value(error: ErrorDetails, schemas: _Schemas, variables: Mapping[str, str]) -> str:
    """Turns an error of Pydantic into a line with the key, its variable, the value and what is allowed."""
    key = ".".join(map(str, error["loc"]))
    if key not in schemas:
        return f"{key}: no such key{_suggestion(key, schemas)}"
    schema, value = schemas[key], error["input"]
    if error["type"] == "missing" or value is None:
        found = "no value"
    else:
        shown = _mask(str(value)) if _is_secret(schema) else str(value)
        found = f"{shown!r} {error.get('ctx', {}).get('error') or _REASONS.get(error['type'], 'is not valid')}"
    source = f" ({variables[key]})" if key in variables else ""
    return f"{key}{source}: {found}; allowed: {_allowed(schema)}"


def _mask(secret: str) -> str:
    scheme = _SCHEME.match(secret)
    return f"{scheme[0] if scheme else ''}{_MASK}"


def _schemas() -> _Schemas:
    """Returns the JSON Schema of every setting by its key."""
    return {
        f"{section}.{name}": schema
        for section, field in Settings.model_fields.items()
        for name, schema in cast("type[BaseModel]", field.annotation).model_json_schema()["properties"].items()
    }


def _type(schema: _Values) -> str:
    if _is_secret(schema):
        return "secret"
    if "enum" in schema:
        return "choice"
    return schema.get("format") or _TYPES.get(schema["type"]) or schema["type"]


def _is_secret(schema: _Values) -> bool:
    return any(option.get("writeOnly") for option in schema.get("anyOf", [schema]))


def _allowed(schema: _Values) -> str:
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "minimum" in schema:
        article = "an" if schema["type"] == "integer" else "a"
        return f"{article} {schema['type']} from {schema['minimum']} to {schema['maximum']}"
    return schema.get("allowed") or "true or false"
