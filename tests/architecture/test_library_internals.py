"""What the libraries do not document is used by the modules of `library_internals` alone (adr/0087)."""

import ast
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import datastore_service

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("src", "migrations") for path in (ROOT / folder).rglob("*.py") if "templates" not in path.parts
)
INTERNALS = ROOT / "src/datastore_service/library_internals"

DOCUMENTED = {
    *("alembic.config", "alembic.migration", "alembic.script", "alembic.util"),
    *("asyncpg.connection", "asyncpg.cursor"),
    *("fastapi.exceptions", "fastapi.responses", "fastapi.routing"),
    *("hydra.errors", "omegaconf.errors"),
    *("opentelemetry.context", "opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk.resources"),
    *("opentelemetry.sdk.trace", "opentelemetry.sdk.trace.export", "opentelemetry.trace"),
    "opentelemetry.trace.propagation.tracecontext",
    *("prometheus_client.core", "prometheus_client.exposition", "prometheus_client.registry"),
    *("pydantic.alias_generators", "pydantic.config", "pydantic.fields"),
    *("rich.console", "rich.progress"),
    *("sqlalchemy.dialects", "sqlalchemy.dialects.postgresql", "sqlalchemy.exc", "sqlalchemy.ext.asyncio"),
    *("sqlalchemy.orm", "sqlalchemy.pool", "sqlalchemy.schema", "sqlalchemy.sql.expression", "sqlalchemy.types"),
    *("starlette.applications", "starlette.convertors", "starlette.datastructures", "starlette.exceptions"),
    *("starlette.requests", "starlette.responses", "starlette.routing", "starlette.types", "starlette.websockets"),
    *("strawberry.dataloader", "strawberry.exceptions", "strawberry.extensions", "strawberry.schema.config"),
    *("strawberry.tools", "strawberry.types", "strawberry.types.graphql"),
    "uuid_utils.compat",
    *("websockets.frames", "websockets.protocol"),
}
"""Modules within the libraries that their documentation imports from."""

UNDOCUMENTED = {("fastapi.routing", "RouteContext"), ("fastapi.routing", "iter_route_contexts")}
"""What is not documented of these."""

OVERRIDDEN = {
    "HttpToolsProtocol._start_asgi_task",
    "HttpToolsProtocol._unset_keepalive_if_required",
    "BaseGraphQLTransportWSHandler._get_pre_execution_close_reason",
}
"""Private members of classes of the libraries that subclasses outside of `library_internals` define or use."""


@dataclass(frozen=True)
class Source:
    """What a module imports, as pairs of module and name, and what each of its classes defines or uses of itself."""

    imports: frozenset[tuple[str, str]]
    used_within: Mapping[str, frozenset[str]]


@cache
def read(path: Path) -> Source:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    classes = {node.name: frozenset(used_within(node)) for node in nodes if isinstance(node, ast.ClassDef)}
    return Source(frozenset(pair for node in nodes for pair in imported_by(node)), classes)


def imported_by(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        yield from ((each.name, "") for each in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from ((node.module, each.name) for each in node.names)


def used_within(kind: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(kind):
        match node:
            case ast.Attribute(value=ast.Name("self" | "cls"), attr=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.AnnAssign(target=ast.Name(name)):
                yield name
            case _:
                pass


def is_documented(module: str, name: str) -> bool:
    library = module.partition(".")[0]
    if library in sys.stdlib_module_names or library in {"datastore_service", "tests"}:
        return True
    is_known = module == library or module in DOCUMENTED
    return is_known and not name.startswith("_") and (module, name) not in UNDOCUMENTED


def test_imports_what_is_documented_of_the_libraries() -> None:
    others = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in SOURCES
        for module, name in sorted(read(path).imports)
        if path.parent != INTERNALS and not is_documented(module, name)
    ]

    assert others == [], "Import it by its documented path, or else from datastore_service.library_internals."


def test_documented_modules_are_those_that_are_imported() -> None:
    """Otherwise the list would go on to permit a module that is imported no more."""
    used = {module for path in SOURCES for module, _ in read(path).imports}

    assert used >= DOCUMENTED, sorted(DOCUMENTED - used)


def test_private_members_are_read_nowhere_else() -> None:
    """Ruff refuses them (SLF001), unless a line or a file turns that off."""
    turned_off = [str(path) for path in SOURCES if path.parent != INTERNALS and "SLF001" in path.read_text()]

    assert turned_off == []


@cache
def private_members(kind: type) -> frozenset[str]:
    """Returns the private members of one class of a library: methods, annotations, and what it assigns to itself."""
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        source = ""
    named = {*vars(kind), *inspect.get_annotations(kind), *re.findall(r"\bself\.(_\w+)\s*(?::[^=\n]+)?=", source)}
    return frozenset(name for name in named if re.match(r"_[a-z]", name))


def is_of_a_library(kind: type) -> bool:
    return kind.__module__.partition(".")[0] not in {*sys.stdlib_module_names, "datastore_service"}


def test_subclasses_use_the_private_members_that_are_known() -> None:
    """It also finds a name of the service's own that a library begins to use."""
    found: set[str] = set()
    for module in pkgutil.walk_packages(datastore_service.__path__, "datastore_service."):
        if module.name.startswith("datastore_service.library_internals") or module.name.endswith("__main__"):
            continue
        loaded = import_module(module.name)
        for kind in vars(loaded).values():
            if not isinstance(kind, type) or kind.__module__ != module.name:
                continue
            # One that a function makes, as Strawberry makes roots of several classes, is not in the source.
            used = read(Path(str(loaded.__file__))).used_within.get(kind.__name__, frozenset())
            for base in filter(is_of_a_library, kind.__mro__):
                found |= {f"{base.__name__}.{name}" for name in used & private_members(base)}

    assert found == OVERRIDDEN
