"""Unions: alternatives that are told apart by the text of one member."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.domain.typed.flattening import Choice, Flat, flatten
from datastore_service.domain.typed.scalars import texts_of
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument


@dataclass(frozen=True, slots=True)
class Alternative:
    """An object that may be at a place.

    Attributes:
        part: Its subschema.
        value: The text of the discriminator.
        flat: What it has to be, with what holds for all alternatives.
    """

    part: Part
    value: str
    flat: Flat


@dataclass(frozen=True, slots=True)
class Discriminated:
    """Alternatives with the member that tells them apart."""

    choice: Choice
    member: str
    alternatives: Sequence[Alternative]
    nullable: bool


def discriminated(document: SchemaDocument, flat: Flat) -> Discriminated | None:
    """Returns the alternatives if they are objects of which a required member has a text of its own in each."""
    if len(flat.choices) != 1:
        return None
    [choice] = flat.choices
    found = [(part, flatten(document, [*flat.parts, part], choice)) for part in choice.alternatives]
    objects = [(part, each) for part, each in found if each.kinds_beside_null]
    if any(not each.is_only("object") for _, each in objects):
        return None
    for name in _members_of_all([each for _, each in objects]):
        values = [texts_of(flatten(document, each.members[name])) for _, each in objects]
        texts = [value[0] for value in values if value is not None and len(value) == 1]
        if len(set(texts)) == len(objects) > 1:
            alternatives = [Alternative(part, text, each) for (part, each), text in zip(objects, texts, strict=True)]
            nullable = flat.may_be_null and (choice.or_null or any(each.may_be_null for _, each in found))
            return Discriminated(choice, name, alternatives, nullable)
    return None


def _members_of_all(flats: Sequence[Flat]) -> list[str]:
    if not flats:
        return []
    return [name for name in flats[0].members if all(name in each.members and name in each.required for each in flats)]
