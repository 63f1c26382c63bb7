"""How two schemas of a collection differ, place by place.

A document that fits the old schema is proven to fit the new one where the old one implies each keyword of the new one.
Where structure proves nothing, documents have to be looked at, and clients count as broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from datastore_service.domain.json_value import Json, escape_pointer
from datastore_service.domain.typed.annotation_changes import annotation_changes
from datastore_service.domain.typed.changes import Change, change
from datastore_service.domain.typed.flattening import Flat, flatten
from datastore_service.domain.typed.meaning import (
    coverage,
    has_patterns,
    has_unevaluated,
    meaning,
    meaning_of_choices,
    meaning_of_opaque,
)
from datastore_service.domain.typed.narrowing import narrowings, place_of
from datastore_service.domain.typed.origins import origin_of
from datastore_service.domain.typed.scalars import settle_choices, texts_of
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument, canonical

_ANYTHING: Final = (Part("(anything)", True),)
"""What applies to a place of which nothing is said."""

_MOST_PLACES: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Where:
    """A place in documents.

    Attributes:
        member: JSON Pointer to it.
        is_always: Whether each document that fits the old schema has a value there.
    """

    member: str = ""
    is_always: bool = True


def differences(old: Json, new: Json) -> list[Change]:
    """Returns how two schemas differ, in the order of the places; none if they take and mean the same.

    Args:
        old: A JSON Schema that the validator has taken.
        new: Another one.
    """
    before, after = SchemaDocument(old), SchemaDocument(new)
    if canonical(old) == canonical(new):
        return []
    if not all(each.is_plain and each.is_current for each in (before, after)):
        return [change("not_understood", "", "")]
    found = _Comparison(before, after)
    found.compare((before.root,), (after.root,), _Where())
    return found.changes


class _Comparison:
    """Compares pairs of places, each once.

    A pair that is met again within itself is taken as proven: each document ends, and all places in it are compared.
    """

    def __init__(self, old: SchemaDocument, new: SchemaDocument) -> None:
        self.changes: list[Change] = []
        self._old = old
        self._new = new
        self._told: dict[tuple[object, ...], bool] = {}
        self._proven: dict[tuple[object, ...], bool] = {}
        self._is_silent = False

    def compare(self, old_parts: Sequence[Part], new_parts: Sequence[Part], where: _Where) -> bool:
        """Compares the subschemas for one place; returns whether what fits the old ones is proven to fit the new."""
        known = self._proven if self._is_silent else self._told
        key = (*(part.pointer for part in old_parts), None, *(part.pointer for part in new_parts))
        if key in known:
            return known[key]
        known[key] = True
        if len(known) > _MOST_PLACES:
            return self._found(change("not_understood", new_parts[0].pointer, where.member))
        old, new = flatten(self._old, old_parts), flatten(self._new, new_parts)
        settle_choices(self._old, old)
        settle_choices(self._new, new)
        fits = self._compare(old, new, where, old_parts, new_parts)
        # Where no value fitted, none can cease to fit.
        known[key] = fits or not old.kinds
        return known[key]

    def _compare(
        self, old: Flat, new: Flat, where: _Where, old_parts: Sequence[Part], new_parts: Sequence[Part]
    ) -> bool:
        is_impossible = not old.kinds
        fits = True
        for each in (
            *narrowings(old, new, where.member, always_there=where.is_always),
            *annotation_changes(old, new, where.member),
        ):
            fits &= self._found(replace(each, documents="yes") if is_impossible else each)
        if self._is_renamed(old, new, old_parts, new_parts):
            fits &= self._found(change("renamed", new.pointer, where.member))
        if is_impossible:
            return True
        fits &= self._compare_the_rest(old, new, where)
        if "array" in old.kinds & new.kinds:
            items = _Where(f"{where.member}/*", is_always=False)
            fits &= self.compare(old.items or _ANYTHING, new.items or _ANYTHING, items)
        if "object" in old.kinds & new.kinds:
            fits &= self._compare_objects(old, new, where)
        return fits

    def _found(self, each: Change) -> bool:
        if not self._is_silent and each not in self.changes:
            self.changes.append(each)
        return each.documents == "yes"

    def _proves(self, old_parts: Sequence[Part], new_parts: Sequence[Part]) -> bool:
        """Returns whether what fits the old subschemas is proven to fit the new, and notes no change."""
        was_silent, self._is_silent = self._is_silent, True
        try:
            return self.compare(old_parts, new_parts, _Where(is_always=False))
        finally:
            self._is_silent = was_silent

    def _is_renamed(self, old: Flat, new: Flat, old_parts: Sequence[Part], new_parts: Sequence[Part]) -> bool:
        """Tells whether a type with a name has another one: that of another definition."""
        if not all(_has_type(flat) for flat in (old, new)) or "x-type" in new.annotations:
            return False
        before, after = origin_of(self._old, old_parts), origin_of(self._new, new_parts)
        return before.definition != after.definition

    def _compare_the_rest(self, old: Flat, new: Flat, where: _Where) -> bool:
        """Compares what is not understood: it has to be the same, with all that it refers to."""
        before, after = (
            (meaning_of_opaque(document, flat), meaning_of_choices(document, flat))
            for document, flat in ((self._old, old), (self._new, new))
        )
        is_same = before[0] == after[0] and after[1] <= before[1]
        if is_same and any(map(has_unevaluated, (old, new))):
            # What is left for it depends on everything beside it.
            is_same = meaning(self._old, old.parts) == meaning(self._new, new.parts)
        if not is_same:
            places = [*new.choices, *new.opaque, *old.choices, *old.opaque]
            return self._found(change("not_understood", places[0].pointer if places else new.pointer, where.member))
        if before[1] != after[1]:
            return self._found(change("looser", old.choices[0].pointer, where.member))
        return True

    def _compare_objects(self, old: Flat, new: Flat, where: _Where) -> bool:
        if any(map(has_patterns, (old, new))) and coverage(old) != coverage(new):
            return self._found(change("not_understood", place_of(new, "patternProperties"), where.member))
        fits = self._compare_required(old, new, where)
        for name in [*old.members, *(name for name in new.members if name not in old.members)]:
            member = f"{where.member}/{escape_pointer(name)}"
            before, after = old.members.get(name), new.members.get(name)
            if before and after:
                is_always = where.is_always and old.is_only("object") and not old.may_be_null and name in old.required
                inside = _Where(member, is_always=is_always)
                fits &= self.compare(before, after, inside)
            elif after:
                is_proven = self._proves(old.others or _ANYTHING, after)
                # Then inputs without it were no better; but those that are generated now ask for it.
                is_new_input = name in old.required and name in new.required and not self._has_default(after)
                found = change(
                    "member_added",
                    after[0].pointer,
                    member,
                    documents="yes" if is_proven else "check",
                    writers="breaking" if is_new_input else None,
                )
                fits &= self._found(found)
            elif before:
                documents = "yes" if self._proves(before, new.others or _ANYTHING) else "check"
                fits &= self._found(change("member_removed", before[0].pointer, member, documents=documents))
        return self._compare_others(old, new, where) and fits

    def _compare_required(self, old: Flat, new: Flat, where: _Where) -> bool:
        fits = True
        for name, place in new.required.items():
            if name not in old.required:
                has_default = self._has_default(new.members.get(name, ()))
                fits &= self._found(
                    change(
                        "required_added",
                        place,
                        f"{where.member}/{escape_pointer(name)}",
                        writers="compatible" if has_default else None,
                    )
                )
        for name, place in old.required.items():
            if name not in new.required:
                fits &= self._found(change("required_removed", place, f"{where.member}/{escape_pointer(name)}"))
        return fits

    def _has_default(self, parts: Sequence[Part]) -> bool:
        found = flatten(self._new, parts).annotations if parts else {}
        return "default" in found or "x-default" in found

    def _compare_others(self, old: Flat, new: Flat, where: _Where) -> bool:
        """Compares what members may be that are not declared."""
        if not self._proves(old.others or _ANYTHING, new.others or _ANYTHING):
            return self._found(change("closed", place_of(new, "additionalProperties"), where.member))
        if old.others and not self._is_as_open(old, new):
            return self._found(change("opened", place_of(old, "additionalProperties"), where.member))
        return True

    def _is_as_open(self, old: Flat, new: Flat) -> bool:
        return meaning(self._old, old.others) == meaning(self._new, new.others)


def _has_type(flat: Flat) -> bool:
    return bool((flat.is_only("object") and flat.members) or flat.choices or texts_of(flat))
