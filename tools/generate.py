"""Writes what a new aggregate, command or query consists of, and the lines that make it known.

What only its author knows is marked FILL IN, and a test fails as long as such a mark is left.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from generation.names import camel_case, names_of, pascal_case, sentence
from generation.project import TEMPLATES, Entry, GenerationError, Project

SOURCE: Final = Path("src/datastore_service")
USAGE: Final = "usage: generate.py aggregate NAME | command VERB_NOUN AGGREGATES | query NAME AGGREGATES [--list]"


def new_aggregate(project: Project, name: str) -> None:
    """Writes an aggregate of its own: domain, use cases, tables, view, adapters, fakes, both doors, tests."""
    names = names_of(name)
    plural, pascal = names["names"], names["Name"]
    down, revision = project.next_migration()
    names |= {"down_revision": down, "revision": revision}
    package = "datastore_service"
    files = {
        SOURCE / f"domain/{plural}/{name}.py": "domain.py.txt",
        SOURCE / f"domain/{plural}/errors.py": "domain_errors.py.txt",
        SOURCE / f"domain/{plural}/repository.py": "domain_repository.py.txt",
        SOURCE / f"domain/{plural}/__init__.py": "domain_package.py.txt",
        SOURCE / f"application/{name}_view.py": "result.py.txt",
        SOURCE / f"application/read/ports/{plural}.py": "port.py.txt",
        SOURCE / f"application/write/commands/create_{name}.py": "create.py.txt",
        SOURCE / f"application/write/commands/change_{name}.py": "change.py.txt",
        SOURCE / f"application/read/queries/get_{name}.py": "get.py.txt",
        SOURCE / f"application/read/queries/list_{plural}.py": "list.py.txt",
        SOURCE / f"infrastructure/database/write/repositories/{plural}.py": "repository.py.txt",
        SOURCE / f"infrastructure/database/read/readers/{plural}.py": "reader.py.txt",
        SOURCE / f"api/routes/{plural}.py": "routes.py.txt",
        SOURCE / f"api/graphql/resolvers/{plural}.py": "graphql.py.txt",
        Path(f"migrations/versions/{revision}_{plural}.py"): "migration.py.txt",
        Path(f"tests/fakes/{plural}.py"): "fake.py.txt",
        Path(f"tests/fakes/{name}_repository.py"): "fake_repository.py.txt",
        Path(f"tests/unit/domain/test_{name}.py"): "test_domain.py.txt",
        Path(f"tests/contract/test_{plural}.py"): "test_contract.py.txt",
        Path(f"tests/api/test_{plural}.py"): "test_api.py.txt",
        Path(f"changelog.d/+{plural}.added.md"): "changelog.md.txt",
    }
    for path, template in files.items():
        project.create(path, f"aggregate/{template}", names)
    project.append(SOURCE / "infrastructure/database/schema/models.py", "aggregate/model.py.txt", names)
    project.append(SOURCE / "infrastructure/database/schema/views.py", "aggregate/view.py.txt", names, "VIEWS: Final")
    for kind, use_cases in (
        ("write.commands", {f"create_{name}": f"Create{pascal}", f"change_{name}": f"Change{pascal}"}),
        ("read.queries", {f"get_{name}": f"Get{pascal}", f"list_{plural}": f"List{names['Names']}"}),
    ):
        for module, message in use_cases.items():
            project.enter(registered(kind, module, message))
    project.enter(routed(plural))
    for root, part in (("QUERIES", "Queries"), ("MUTATIONS", "Mutations")):
        project.enter(rooted(root, plural, f"{pascal}{part}"))
    project.enter(
        Entry(
            SOURCE / "infrastructure/database/write/repositories/extensions.py",
            r"^REPOSITORIES: .* = \{",
            f"{pascal}Repository: Sql{pascal}Repository,",
            [
                f"from {package}.domain.{plural}.repository import {pascal}Repository",
                f"from {package}.infrastructure.database.write.repositories.{plural} import Sql{pascal}Repository",
            ],
        )
    )
    project.enter(
        Entry(
            SOURCE / "bootstrap.py",
            r"^ADAPTERS: .* = \{",
            f"{pascal}Reader: Sql{pascal}Reader,",
            [
                f"from {package}.application.read.ports.{plural} import {pascal}Reader",
                f"from {package}.infrastructure.database.read.readers.{plural} import Sql{pascal}Reader",
            ],
        )
    )
    project.enter(
        Entry(
            Path("tests/fakes/extensions.py"),
            r"^REPOSITORIES: .* = \{",
            f"{pascal}Repository: InMemory{pascal}Repository,",
            [
                f"from {package}.domain.{plural}.repository import {pascal}Repository",
                f"from tests.fakes.{name}_repository import InMemory{pascal}Repository",
            ],
        )
    )
    project.enter(
        Entry(
            Path("tests/fakes/extension_readers.py"),
            r"^READERS: .* = \{",
            f"{pascal}Reader: InMemory{pascal}Reader,",
            [
                f"from {package}.application.read.ports.{plural} import {pascal}Reader",
                f"from tests.fakes.{plural} import InMemory{pascal}Reader",
            ],
        )
    )
    for code, status, title in (
        ("exists", "CONFLICT", "The id is taken"),
        ("not_found", "NOT_FOUND", f"There is no such {names['words']}"),
    ):
        line = f'"{name}_{code}": (HTTPStatus.{status}, "{title}"),'
        project.enter(Entry(SOURCE / "api/http/catalogue.py", r"^CATALOGUE: .* = \{", line))
        errors = SOURCE / "api/graphql/types/user_errors.py"
        project.enter(Entry(errors, r"^_MEMBERS: .* = \{", f'"{name}_{code}": "id",'))
        project.append(errors, "aggregate/user_error.py.txt", {"code": f"{name}_{code}"}, "\n\n_MEMBERS: ")


def new_use_case(project: Project, kind: str, name: str, plural: str, *, is_list: bool = False) -> None:
    """Writes a command or a query on an aggregate that is there, both doors to it, and its tests.

    Args:
        project: Where to.
        kind: A `command` or a `query`.
        name: What the use case is called, in lower-case words with _ between them.
        plural: The name of the aggregate's package in the domain.
        is_list: Whether the query finds many of the aggregates, and not one by its id.

    Raises:
        GenerationError: The name is none, or there is no such aggregate.
    """
    singular = singular_of(project, plural)
    names = names_of(singular, plural) | _of_use_case(kind, name, singular, plural)
    side, folder = {"command": ("write", "commands"), "query": ("read", "queries")}[kind]
    files = {
        SOURCE / f"application/{side}/{folder}/{name}.py": f"{kind}.py.txt",
        SOURCE / f"api/routes/{name}.py": "routes.py.txt",
        SOURCE / f"api/graphql/resolvers/{name}.py": "graphql.py.txt",
        Path(f"tests/contract/test_{name}.py"): "test.py.txt",
    }
    for path, template in files.items():
        project.create(path, template_of("list_query" if is_list else kind, template, plural), names)
    project.create(Path(f"changelog.d/+{name.replace('_', '-')}.added.md"), "command/changelog.md.txt", names)
    project.enter(registered(f"{side}.{folder}", name, names["Command"]))
    project.enter(routed(name, first=is_list))
    root = {"command": "MUTATIONS", "query": "QUERIES"}[kind]
    project.enter(rooted(root, name, f"{names['Command']}{'Mutation' if kind == 'command' else 'Query'}"))


def template_of(kind: str, template: str, plural: str) -> str:
    """Returns which template to take; records, which are older than all templates, have some of their own."""
    of_records = f"record_{kind}/{template}"
    return of_records if plural == "records" and (TEMPLATES / of_records).exists() else f"{kind}/{template}"


def singular_of(project: Project, plural: str) -> str:
    """Returns what one of the aggregates is called.

    Raises:
        GenerationError: There is no such aggregate.
    """
    candidates = (plural.removesuffix("ies") + "y", plural.removesuffix("s"), plural)
    for candidate in candidates:
        if project.has(SOURCE / f"domain/{plural}/{candidate}.py"):
            return candidate
    raise GenerationError(f"There is no aggregate {plural!r} below {SOURCE / 'domain'}.")


def _of_use_case(kind: str, name: str, singular: str, plural: str) -> dict[str, str]:
    names_of(name)
    if kind == "command" and "_" not in name:
        raise GenerationError(f"{name!r} is no command: a verb and a noun, such as archive_{singular}.")
    pascal, is_record = pascal_case(singular), plural == "records"
    errors = "datastore_service.domain.errors" if is_record else f"datastore_service.domain.{plural}.errors"
    view = "views" if is_record else f"{singular}_view"
    port = "readers" if is_record else plural
    imports = [f"from {errors} import {pascal}NotFound"]
    imports += [] if is_record else [f"from datastore_service.domain.{plural}.repository import {pascal}Repository"]
    return {
        "command": name,
        "Command": pascal_case(name),
        "Base": "Command" if is_record else "LockingCommand",
        "field": camel_case(name),
        "Sentence": sentence(re.sub(f"_{singular}$", f"_{names_of(singular)['a_words']}", name).replace("_", " ")),
        "command_words": name.replace("_", " "),
        "tail": name.removesuffix(f"_{singular}").removesuffix(f"_{plural}").replace("_", "-"),
        "aggregate_field": camel_case(singular),
        "View": f"{pascal}View",
        "view_import": f"from datastore_service.application.{view} import {pascal}View",
        "Reader": f"{pascal}Reader",
        "reader_import": f"from datastore_service.application.read.ports.{port} import {pascal}Reader",
        "NotFound": f"{pascal}NotFound",
        "domain_imports": "\n".join(imports),
        "repository": "work.records" if is_record else f"work.repository({pascal}Repository)",
        "content": 'payload="one"' if is_record else 'title="one"',
    }


def registered(folder: str, module: str, message: str) -> Entry:
    """The line that makes a handler known, on its side."""
    imported = f"from datastore_service.application.{folder}.{module} import {message}, {message}Handler"
    table = {"write.commands": "COMMANDS", "read.queries": "QUERIES"}[folder]
    line = f"{message}: {message}Handler,"
    return Entry(SOURCE / "application/registry.py", rf"^{table}: .* = \{{", line, [imported], ordered=True)


def routed(module: str, *, first: bool = False) -> Entry:
    """The line that makes a resource known: before the others, if its path could be taken for an id of one of them."""
    imported = f"from datastore_service.api.routes import {module}"
    line = f"{module}.router,"
    return Entry(SOURCE / "api/routes/routers.py", r"^ROUTERS: .* = \(", line, [imported], first=first)


def rooted(root: str, module: str, kind: str) -> Entry:
    """The line that makes fields of GraphQL known."""
    imported = f"from datastore_service.api.graphql.resolvers.{module} import {kind}"
    return Entry(SOURCE / "api/graphql/resolvers/roots.py", rf"^{root}: .* = \(", f"{kind},", [imported])


def main(arguments: Sequence[str], root: Path) -> None:
    """Runs the program."""
    project = Project(root)
    try:
        match arguments:
            case ["aggregate", name]:
                new_aggregate(project, name)
            case ["command" | "query" as kind, name, plural]:
                new_use_case(project, kind, name, plural)
            case ["query", name, plural, "--list"]:
                new_use_case(project, "query", name, plural, is_list=True)
            case _:
                sys.exit(USAGE)
        created = project.write()
    except GenerationError as error:
        sys.exit(str(error))
    lines = [f"  {path}" for path in created]
    sys.stdout.write(
        "\n".join(["Written:", *lines, "Next: look for FILL IN, then `just snapshots` and `just check`.", ""])
    )


if __name__ == "__main__":
    main(sys.argv[1:], Path.cwd())
