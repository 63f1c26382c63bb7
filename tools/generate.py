"""Writes what a new aggregate, command or query consists of, and the lines that make it known.

What only its author knows is marked FILL IN, and a test fails as long as such a mark is left.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

TEMPLATES: Final = Path(__file__).with_name("templates")
SOURCE: Final = Path("src/datastore_service")
LONGEST_NAME: Final = 24
USAGE: Final = "usage: generate.py aggregate NAME | command VERB_NOUN AGGREGATES | query NAME AGGREGATES [--list]"


class GenerationError(Exception):
    """It cannot be made; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that makes something known: in which file, after which opening, and what has to be imported for it.

    It becomes the last one within the brackets that the opening begins, the first, or the next by the alphabet where
    the lines are ordered.
    """

    file: Path
    opening: str
    line: str
    imports: Sequence[str] = ()
    first: bool = False
    ordered: bool = False


class Project:
    """The checkout that is written to; nothing is written unless all of it can be."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[Path, str] = {}

    def create(self, path: Path, template: str, names: Mapping[str, str]) -> None:
        """Fills in a template as a new file."""
        if (self._root / path).exists():
            raise GenerationError(f"{path} is there already.")
        self._texts[path] = render(template, names)

    def enter(self, entry: Entry) -> None:
        """Adds the line at the end of the brackets, or of the class, that its opening begins."""
        text = self._read(entry.file)
        found = re.search(entry.opening, text, re.MULTILINE)
        if found is None:
            raise GenerationError(f"{entry.file} has no place for {entry.line!r}: nothing in it is {entry.opening!r}.")
        rest = text[found.end() :]
        text = text[: found.end()] + (
            f"\n    {entry.line}{rest}" if entry.first else _extended(rest, entry.line, ordered=entry.ordered)
        )
        for line in entry.imports:
            text = re.sub(r"^(?=from )", f"{line}\n", text, count=1, flags=re.MULTILINE)
        self._texts[entry.file] = text

    def append(self, path: Path, template: str, names: Mapping[str, str], before: str | None = None) -> None:
        """Adds a filled-in template to a file, at its end or before the line that begins so."""
        text, addition = self._read(path), render(template, names)
        place = text.find(f"\n{before}") + 1 if before else len(text)
        self._texts[path] = text[:place] + addition + text[place:]

    def write(self) -> list[Path]:
        """Writes everything, in the order in which linters want it, and returns the new files."""
        new = [path for path in self._texts if not (self._root / path).exists()]
        for path, text in self._texts.items():
            (self._root / path).parent.mkdir(parents=True, exist_ok=True)
            (self._root / path).write_text(text, "utf-8")
        files = [str(self._root / path) for path in self._texts if path.suffix == ".py"]
        for step in (["check", "--quiet", "--fix", "--select", "I"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *step, *files], check=True, cwd=self._root)  # noqa: S603
        return new

    def next_migration(self) -> tuple[str, str]:
        """Returns the last revision and the next."""
        numbers = sorted(path.name[:4] for path in (self._root / "migrations/versions").glob("[0-9]*.py"))
        return numbers[-1], f"{int(numbers[-1]) + 1:04}"

    def has(self, path: Path) -> bool:
        return (self._root / path).exists()

    def _read(self, path: Path) -> str:
        return self._texts.get(path) or (self._root / path).read_text("utf-8")


def render(template: str, names: Mapping[str, str]) -> str:
    """Fills in one of the templates."""
    return Template((TEMPLATES / template).read_text("utf-8")).substitute(names)


def _extended(text: str, line: str, *, ordered: bool) -> str:
    """Adds a line where the brackets close that are open at the beginning, or after the last line that is indented."""
    depth = 1
    for index, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            inner = text[:index].rstrip().rstrip(",")
            lines = f"{inner},\n    {line}\n" if inner.strip() else f"\n    {line}\n"
            return (_in_order(lines) if ordered else lines) + text[index:]
    raise GenerationError(f"There is no end of the brackets in which {line!r} belongs.")


def _in_order(lines: str) -> str:
    return "\n".join(["", *sorted(line for line in lines.split("\n") if line), ""])


def names_of(name: str, plural: str | None = None) -> dict[str, str]:
    """Returns how an aggregate is called in all places.

    Raises:
        GenerationError: The name is none.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise GenerationError(f"{name!r} is no name: lower-case words with _ between them, such as purchase_order.")
    if len(name) > LONGEST_NAME:
        raise GenerationError(f"{name!r} is too long a name: {LONGEST_NAME} characters leave room on each line.")
    names = plural or (f"{name[:-1]}ies" if re.search("[^aeiou]y$", name) else f"{name}s")
    words, words_plural = name.replace("_", " "), names.replace("_", " ")
    a_words = f"{'an' if name[0] in 'aeiou' else 'a'} {words}"
    field, fields = _camel(name), _camel(names)
    return {
        "name": name,
        "Name": _pascal(name),
        "names": names,
        "Names": _pascal(names),
        "words": words,
        "Words": _sentence(words),
        "words_plural": words_plural,
        "Words_plural": _sentence(words_plural),
        "a_words": a_words,
        "A_words": _sentence(a_words),
        "field": field,
        "fields": fields,
        "create": f"create{_pascal(name)}",
        "change": f"change{_pascal(name)}",
    }


def _pascal(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _camel(name: str) -> str:
    return name[0] + _pascal(name)[1:]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


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
    pascal, is_record = _pascal(singular), plural == "records"
    errors = "datastore_service.domain.errors" if is_record else f"datastore_service.domain.{plural}.errors"
    view = "views" if is_record else f"{singular}_view"
    port = "readers" if is_record else plural
    imports = [f"from {errors} import {pascal}NotFound"]
    imports += [] if is_record else [f"from datastore_service.domain.{plural}.repository import {pascal}Repository"]
    return {
        "command": name,
        "Command": _pascal(name),
        "Base": "Command" if is_record else "LockingCommand",
        "field": _camel(name),
        "Sentence": _sentence(re.sub(f"_{singular}$", f"_{names_of(singular)['a_words']}", name).replace("_", " ")),
        "command_words": name.replace("_", " "),
        "tail": name.removesuffix(f"_{singular}").removesuffix(f"_{plural}").replace("_", "-"),
        "aggregate_field": _camel(singular),
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
