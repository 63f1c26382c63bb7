"""Turns a statement of SQLAlchemy into what asyncpg runs: a text, which is compiled once, and its arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from sqlalchemy.sql.expression import ClauseElement

from datastore_service.library_internals.sqlalchemy import CacheKey, SQLCompiler, cache_key_of, dialect

_DIALECT: Final = dialect()
_REMEMBERED: Final = 1000


def runnable(statement: ClauseElement, values: Mapping[str, object]) -> tuple[str, list[Any]]:
    """Returns a statement's text and its arguments for $1, $2 ...; statements of equal structure are compiled once.

    Args:
        statement: The statement, with its bound values.
        values: The values of its named parameters.

    Raises:
        sqlalchemy.exc.InvalidRequestError: A parameter has no value.
    """
    key = cache_key_of(statement)
    known = _compile(statement, None) if key is None else _compiled(_Structure(key.key, key, statement))
    compiled, convert = known.compiled, known.converters
    found = compiled.construct_params(dict(values), extracted_parameters=key and key.bindparams)
    text, names = compiled.string, compiled.positiontup or ()
    if compiled.post_compile_params:
        # An IN of many values becomes as many parameters only here.
        state = compiled.construct_expanded_state(found)
        text, names, found = state.statement, state.positiontup or (), state.parameters
        convert = {**convert, **state.processors}
    if not convert:
        return text, [found[name] for name in names]
    return text, [convert[name](found[name]) if name in convert else found[name] for name in names]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled statement.

    Attributes:
        text: The text for asyncpg.
        names: The parameters $1, $2 ...
        converters: Conversions of values that asyncpg does not accept as they are.
    """

    text: str
    names: Sequence[str]
    converters: Mapping[str, Callable[[Any], Any]]


def prepared(statement: Any) -> Prepared:  # noqa: ANN401 - SQLAlchemy types no such method
    """Compiles a statement whose values are all named parameters."""
    compiled: SQLCompiler = statement.compile(dialect=_DIALECT)
    return Prepared(compiled.string, compiled.positiontup or (), converters_of(compiled))


def converters_of(compiled: SQLCompiler) -> Mapping[str, Callable[[Any], Any]]:
    """Returns the conversions of parameters that asyncpg does not accept as they are."""
    converters = {
        name: parameter.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
        for name, parameter in compiled.binds.items()
    }
    return {name: convert for name, convert in converters.items() if convert}


@dataclass(frozen=True, slots=True)
class _Structure:
    """The common structure of statements that differ only in their values, and one of them."""

    key: tuple[Any, ...]
    cache_key: CacheKey = field(compare=False)
    statement: ClauseElement = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text, and the conversions of values that asyncpg does not accept as they are."""

    compiled: SQLCompiler
    converters: Mapping[str, Callable[[Any], Any]]


@lru_cache(maxsize=_REMEMBERED)
def _compiled(structure: _Structure) -> _Compiled:
    return _compile(structure.statement, structure.cache_key)


def _compile(statement: Any, key: CacheKey | None) -> _Compiled:  # noqa: ANN401 - SQLAlchemy types no such method
    compiled: SQLCompiler = statement.compile(dialect=_DIALECT, cache_key=key)
    return _Compiled(compiled, converters_of(compiled))
