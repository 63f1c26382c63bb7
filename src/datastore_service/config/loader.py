"""Composes conf/ with Hydra into `Settings`; a mistake becomes a line that says how to mend it."""

import logging
import os
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
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
from pydantic import ValidationError, create_model
from yaml import MarkedYAMLError, YAMLError

from datastore_service.config.explanations import (
    Values,
    allowed,
    problem_of_override,
    problem_of_value,
    schemas_of,
    type_of,
)
from datastore_service.config.resources import conf_dir
from datastore_service.config.section import Section
from datastore_service.config.settings import Settings

_PREFIX: Final = "DATASTORE_"
_ENVIRONMENT: Final = "DATASTORE_ENV"
_DEFAULT_ENVIRONMENT: Final = "local"
_RESOLVER: Final = "datastore.env"
_VARIABLE: Final = re.compile(r"\$\{datastore\.env:(\w+)")

_log = logging.getLogger(__name__)


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
    folder, variables = conf or conf_dir(), _set_ones(environ)
    environment = _environment(variables, folder)
    schemas = schemas_of(Settings)
    if problems := [problem for override in overrides if (problem := problem_of_override(override, schemas))]:
        raise ConfigurationError(*problems)
    config = _compose(folder, environment)
    _warn_of_misspelt(variables, _variables(config).values())
    return _validated(Settings, _compose(folder, environment, overrides) if overrides else config, variables, config)


def load_section[S: Section](name: str, kind: type[S], folder: Path, environ: Mapping[str, str] | None = None) -> S:
    """Reads a section of your own beside those of the service, with the same precedence and messages.

    Args:
        name: What the section is called.
        kind: The keys, with their bounds and descriptions.
        folder: Where `{environment}/{name}.yaml` has the values; where that is missing, `local/{name}.yaml`.
        environ: The environment variables, by default those of the process. An empty one counts as not set.

    Raises:
        ConfigurationError: There is a mistake in any of them, or a variable begins as those of the service do.
    """
    variables = _set_ones(environ)
    file = folder / _environment(variables, conf_dir()) / f"{name}.yaml"
    config = _file(file if file.exists() else folder / _DEFAULT_ENVIRONMENT / f"{name}.yaml", name)
    taken = [f"{key} ({variable})" for key, variable in _variables(config).items() if variable.startswith(_PREFIX)]
    if taken:
        raise ConfigurationError(*(f"{each}: variables that begin with {_PREFIX} are the service's" for each in taken))
    whole = create_model("Sections", __base__=Section, **cast("Any", {name: (kind, ...)}))
    return getattr(_validated(whole, config, variables, config), name)


def _set_ones(environ: Mapping[str, str] | None) -> dict[str, str]:
    return {name: value for name, value in (os.environ if environ is None else environ).items() if value}


def _environment(variables: Mapping[str, str], folder: Path) -> str:
    environment = variables.get(_ENVIRONMENT, _DEFAULT_ENVIRONMENT)
    if environment not in (known := sorted(file.stem for file in folder.glob("*.yaml"))):
        raise ConfigurationError(f"{_ENVIRONMENT}: {environment!r} is not an environment; allowed: {', '.join(known)}")
    return environment


def _validated[S: Section](kind: type[S], config: DictConfig, variables: Mapping[str, str], defaults: DictConfig) -> S:
    """Returns the settings; what is wrong is told with the variables that feed the defaults."""
    try:
        return kind.model_validate(_resolve(config, variables))
    except ValidationError as invalid:
        schemas, feeding = schemas_of(kind), _variables(defaults)
        problems = [problem_of_value(error, schemas, feeding) for error in invalid.errors(include_url=False)]
    raise ConfigurationError(*problems)


def _warn_of_misspelt(variables: Mapping[str, str], known: Iterable[str]) -> None:
    """Names the variables that begin as those of the service do and feed no setting; others may have set them."""
    candidates = {name.removeprefix(_PREFIX): name for name in (*known, _ENVIRONMENT)}
    for name in sorted(variables.keys() - candidates.values()):
        if name.startswith(_PREFIX):
            similar = get_close_matches(name.removeprefix(_PREFIX), candidates, n=1)
            hint = f"; did you mean {candidates[similar[0]]}?" if similar else ""
            _log.warning("%s: no setting has this environment variable%s", name, hint)


def describe_settings(environment: str = _DEFAULT_ENVIRONMENT) -> tuple[SettingDescription, ...]:
    """Returns every setting, with the default it has in the environment; None where it has none."""
    config = _compose(conf_dir(), environment)
    variables, defaults = _variables(config), _resolve(config, {})
    return tuple(
        SettingDescription(
            key=key,
            type=type_of(schema),
            allowed=allowed(schema),
            description=schema["description"],
            default=defaults[section].get(name),
            variable=variables.get(key),
        )
        for key, schema in schemas_of(Settings).items()
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


def _file(path: Path, section: str) -> DictConfig:
    """Reads the YAML of one section; what its interpolations stand for is left open."""
    try:
        return OmegaConf.create({section: OmegaConf.load(path)})
    except MarkedYAMLError as error:
        raise ConfigurationError(f"{path}: {error.problem}") from error
    except (OmegaConfBaseException, OSError, ValueError, YAMLError) as error:
        raise ConfigurationError(f"{path}: {_first_line(error)}") from error


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


def _raw(config: DictConfig) -> dict[str, Values]:
    """Returns the sections with their interpolations as they stand in the YAML."""
    sections = cast("dict[str, Values | object]", OmegaConf.to_container(config))
    return {name: cast("Values", keys) if isinstance(keys, dict) else {} for name, keys in sections.items()}


def _resolve(config: DictConfig, variables: Mapping[str, str]) -> dict[str, Values]:
    """Fills in the environment variables; a key whose variable is not set and has no default is left out."""
    values: dict[str, Values] = {section: {} for section in _raw(config)}
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
