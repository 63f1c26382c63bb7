"""What the OpenAPI document says of typed collections: paths and components of their own (adr/0109)."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, cast
from urllib.parse import quote

from datastore_service.application.read.ports.typed_collections import TypedEntry
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.names import capitalized
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument, mapping, sequence, subschemas

type Document = dict[str, Any]

_SCHEMAS: Final = "#/components/schemas/"
_BELOW: Final = "/collections/{name}/records"
_COMPONENTS: Final = {
    "RecordBody": "{}Record",
    "RecordContent": "{}RecordContent",
    "NewRecordInCollection": "New{}Record",
    "RecordOrPart": "{}RecordOrPart",
    "RecordPage": "{}Page",
    "ManyRecords": "Many{}Records",
}
"""The components that have the payload of a record in them, and what those of a typed collection are called."""
_KEY: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_OF_MANY: Final = "RecordsInCollection"
_OF_ONE: Final = "RecordInCollection"
_OF_REVISIONS: Final = "RevisionsInCollection"


def with_typed(document: Document, entries: Sequence[TypedEntry]) -> Document:
    """Returns the document with the paths and components of typed collections; what is there already stays."""
    paths, schemas = dict(document["paths"]), dict(document["components"]["schemas"])
    operations = {found for path in paths.values() for each in path.values() if (found := each.get("operationId"))}
    for entry in entries:
        names = _add_components(entry, schemas)
        for address, path in document["paths"].items():
            if address.startswith(_BELOW):
                concrete = address.replace("{name}", quote(entry.name), 1)
                paths[concrete] = {
                    method: _operation(entry, operation, names, operations) for method, operation in path.items()
                }
    return {**document, "paths": paths, "components": {**document["components"], "schemas": schemas}}


def part_of(document: Document, collection: str) -> Document:
    """Returns what concerns one typed collection: its paths, and the components that these refer to."""
    begun = f"/collections/{quote(collection)}/records"
    paths = {
        address: path
        for address, path in document["paths"].items()
        if address == begun or address.startswith(f"{begun}/")
    }
    components: dict[str, dict[str, Any]] = {}
    if "securitySchemes" in document["components"]:
        components["securitySchemes"] = document["components"]["securitySchemes"]
    waiting = [*_references(paths)]
    while waiting:
        _, _, kind, name, *_ = waiting.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = found = document["components"][kind][name]
            waiting.extend(_references(found))
    left_out = {name: part for name, part in document.items() if name != "webhooks"}
    return {**left_out, "paths": paths, "components": components}


def _operation(
    entry: TypedEntry, operation: Mapping[str, Any], names: Mapping[str, str], operations: set[str]
) -> Document:
    """Returns an operation as that of one collection: without the parameter that names it, and without examples."""
    found = cast("Document", _renamed(operation, names))
    found["parameters"] = [each for each in found.get("parameters", ()) if each.get("name") != "name"]
    found["operationId"] = _new(_operation_id(entry, operation["operationId"]), operations)
    found["summary"] = f"{operation['summary'].removesuffix(' In Collection')} ({entry.name})"
    operations.add(found["operationId"])
    bodies = [found.get("requestBody", {}), *found["responses"].values()]
    for content in (each for body in bodies for each in mapping(body.get("content")).values()):
        content.pop("example", None)
        content.pop("examples", None)
    return found


def _operation_id(entry: TypedEntry, name: str) -> str:
    api = entry.collection.api
    name = name.replace(_OF_MANY, capitalized(api.many)).replace(_OF_REVISIONS, f"{api.type}Revisions")
    return name.replace(_OF_ONE, api.type)


def _add_components(entry: TypedEntry, schemas: Document) -> Mapping[str, str]:
    """Adds the components of a collection; returns their names by those of the components that they stand for."""
    payload = _add_schema(entry, schemas)
    names = {core: _new(pattern.format(entry.collection.api.type), schemas) for core, pattern in _COMPONENTS.items()}
    for core, name in names.items():
        found = cast("Document", _renamed(schemas[core], names))
        found.pop("examples", None)
        found.pop("example", None)
        found["title"] = name
        if "payload" in found.get("properties", {}):
            found["properties"]["payload"] = {"$ref": f"{_SCHEMAS}{payload}"}
        schemas[name] = found
    return names


def _add_schema(entry: TypedEntry, schemas: Document) -> str:
    """Adds the JSON Schema of a collection: OpenAPI 3.1 takes it as it is, with its definitions beside it."""
    name = _new(entry.collection.api.type, schemas)
    schema = cast("Document", deepcopy(entry.schema))
    parts = [mapping(part.schema) for part in subschemas(Part("", schema))]
    references = [str(part["$ref"]) for part in parts if "$ref" in part]
    if not SchemaDocument(schema).is_plain or not all(each == "#" or each.startswith("#/") for each in references):
        # Its references lead to what it names itself, and go on to do so below an address of its own.
        schemas[name] = {"$id": f"/collections/{quote(entry.name)}/schema.json", **schema}
        return name
    schemas[name] = schema
    definitions = {key: each for key, each in mapping(schema.get("$defs")).items() if key and _KEY.issuperset(key)}
    moved = {key: _new(f"{name}.{key}", schemas) for key in definitions}
    for part in parts:
        if "$ref" in part:
            cast("Document", part)["$ref"] = _moved(str(part["$ref"]), name, moved)
    for key, component in moved.items():
        schemas[component] = definitions[key]
        del schema["$defs"][key]
    if schema.get("$defs") == {}:
        del schema["$defs"]
    schema.pop("$id", None)
    schema.pop("$schema", None)
    return name


def _moved(reference: str, name: str, moved: Mapping[str, str]) -> str:
    """Returns a reference within a schema as one within the document."""
    steps = reference.split("/")[1:]
    if len(steps) > 1 and steps[0] == "$defs" and steps[1] in moved:
        return "/".join((f"{_SCHEMAS}{moved[steps[1]]}", *steps[2:]))
    return "/".join((f"{_SCHEMAS}{name}", *steps))


def _renamed(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - a part of the document
    """Returns a copy in which references to components lead to those of a collection."""
    match value:
        case {"$ref": str(reference), **more} if reference.removeprefix(_SCHEMAS) in names:
            return {"$ref": _SCHEMAS + names[reference.removeprefix(_SCHEMAS)], **more}
        case dict():
            return {name: _renamed(each, names) for name, each in cast("Document", value).items()}
        case list():
            return [_renamed(each, names) for each in cast("list[Any]", value)]
        case _:
            return value


def _references(value: Json) -> Iterator[str]:
    """Returns the references to components in a part of the document."""
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        reference = mapping(part).get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/"):
            yield reference
        waiting.extend(mapping(part).values())
        waiting.extend(sequence(part))


def _new(name: str, taken: Mapping[str, object] | set[str]) -> str:
    """Returns a name that is not taken: the service has components that GraphQL does not know."""
    while name in taken:
        name += "_"
    return name
