"""What differs between two schemas of a collection, and what that means for its documents and its clients."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from datastore_service.domain.typed.model import CollectionApi

type Documents = Literal["yes", "check", "no"]
"""Whether documents that fit the old schema fit the new one: proven by structure, to be looked at, or none does."""

type Compatibility = Literal["compatible", "breaking"]
"""Whether types that clients have generated still take every answer (readers), or are still taken (writers)."""

type Effect = Literal["readers", "writers", "trusted_documents"]
"""What the caller of a change accepts to break."""

type Verdict = Literal["same", "fits", "needs_documents", "refused"]

type ChangeKind = Literal[
    "member_added",
    "member_removed",
    "required_added",
    "required_removed",
    "values_added",
    "values_removed",
    "enumeration_added",
    "enumeration_removed",
    "tighter",
    "looser",
    "null_allowed",
    "null_forbidden",
    "type_changed",
    "closed",
    "opened",
    "renamed",
    "default_changed",
    "default_removed",
    "unique_added",
    "unique_removed",
    "reference_added",
    "reference_removed",
    "immutable_added",
    "immutable_removed",
    "access_narrowed",
    "access_widened",
    "filter_removed",
    "filter_added",
    "not_understood",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    Attributes:
        pointer: JSON Pointer into the new schema, or into the old one for what is gone; `/api/type` and its like for
            another name of the collection.
        kind: What it is.
        member: JSON Pointer into documents; `*` stands for the items of an array.
        help: What the caller can do about it; None if there is nothing to be done.
    """

    pointer: str
    kind: ChangeKind
    member: str
    documents: Documents
    readers: Compatibility
    writers: Compatibility
    help: str | None


type _Class = tuple[Documents, Compatibility, Compatibility]

_CLASSES: Final[Mapping[ChangeKind, _Class]] = {
    "member_added": ("yes", "compatible", "compatible"),
    # An input that was generated still names it, and GraphQL refuses fields that it does not know.
    "member_removed": ("yes", "breaking", "breaking"),
    "required_added": ("check", "compatible", "breaking"),
    "required_removed": ("yes", "breaking", "compatible"),
    "values_added": ("yes", "breaking", "compatible"),
    "values_removed": ("check", "compatible", "breaking"),
    "enumeration_added": ("check", "breaking", "breaking"),
    "enumeration_removed": ("yes", "breaking", "breaking"),
    "tighter": ("check", "compatible", "breaking"),
    "looser": ("yes", "compatible", "compatible"),
    "null_allowed": ("yes", "breaking", "compatible"),
    "null_forbidden": ("check", "compatible", "breaking"),
    "type_changed": ("check", "breaking", "breaking"),
    "closed": ("check", "compatible", "breaking"),
    "opened": ("yes", "compatible", "compatible"),
    "renamed": ("yes", "breaking", "breaking"),
    "default_changed": ("yes", "compatible", "compatible"),
    "default_removed": ("yes", "compatible", "breaking"),
    "unique_added": ("check", "compatible", "compatible"),
    "unique_removed": ("yes", "compatible", "compatible"),
    "reference_added": ("check", "compatible", "compatible"),
    "reference_removed": ("yes", "breaking", "compatible"),
    "immutable_added": ("yes", "compatible", "breaking"),
    "immutable_removed": ("yes", "compatible", "compatible"),
    "access_narrowed": ("yes", "breaking", "breaking"),
    "access_widened": ("yes", "compatible", "compatible"),
    "filter_removed": ("yes", "breaking", "compatible"),
    "filter_added": ("yes", "compatible", "compatible"),
    "not_understood": ("check", "breaking", "breaking"),
}

_OF_ALL_DOCUMENTS: Final = frozenset[ChangeKind]({"unique_added", "reference_added"})
"""What no document tells by itself."""

_HELP: Final[Mapping[ChangeKind, str]] = {
    "member_removed": "Mark {member} as deprecated first, and remove it when no client reads it any more.",
    "required_added": "Give {member} a default.",
    "values_added": "With x-enum: open beside it, clients expect values that they do not know.",
    "values_removed": "Change the documents that have these values first.",
    "tighter": "Change the documents that do not fit first.",
    "null_forbidden": "Change the documents in which {member} is null first.",
    "type_changed": "Add a member with the new type beside {member}, and mark the old one as deprecated.",
    "closed": "Remove the members that the schema does not declare from the documents first.",
    "renamed": "Add a member beside {member}, and mark the old one as deprecated.",
    "default_changed": "Documents that are there keep what they have.",
    "unique_added": "No two documents may have the same value: writes that would bring one are refused from then on.",
    "reference_added": "Each target has to be there: writes that name another one are refused from then on.",
    "not_understood": "What changed here cannot be compared; the documents tell whether they fit.",
}


def change(
    kind: ChangeKind,
    pointer: str,
    member: str,
    *,
    documents: Documents | None = None,
    readers: Compatibility | None = None,
    writers: Compatibility | None = None,
) -> Change:
    """Returns a change, with the effects that its kind has unless others are given."""
    usual = _CLASSES[kind]
    advice = _HELP.get(kind)
    effects = readers or usual[1], writers or usual[2]
    needed = [f'"{name}"' for name, effect in zip(("readers", "writers"), effects, strict=True) if effect == "breaking"]
    # There is nothing beside the payload as a whole.
    shown = [] if advice is None or ("{member}" in advice and not member) else [advice.format(member=member)]
    shown += [f"Or send allow: [{', '.join(needed)}]." if shown else f"Send allow: [{', '.join(needed)}]."] * bool(
        needed
    )
    return Change(
        pointer=pointer,
        kind=kind,
        member=member,
        documents=documents or usual[0],
        readers=effects[0],
        writers=effects[1],
        help=" ".join(shown) or None,
    )


def renamings(old: CollectionApi | None, new: CollectionApi | None) -> list[Change]:
    """Returns what other names of a typed collection change; nothing if it was or will be without types."""
    if old is None or new is None:
        return []
    found: list[Change] = []
    if old.type != new.type:
        found.append(change("renamed", "/api/type", ""))
    # The root fields of mutations are called as the type.
    for pointer, is_other in (
        ("/api/one", old.one != new.one),
        ("/api/many", old.many != new.many),
        ("/api/node", old.node != new.node),
    ):
        if is_other:
            found.append(change("renamed", pointer, "", writers="compatible"))
    return found


def verdict(
    changes: Sequence[Change], allow: Collection[Effect] = (), *, is_typed: bool, misfits: int | None = None
) -> Verdict:
    """Returns what would come of a change of the schema.

    Args:
        changes: What differs.
        allow: The effects that the caller accepts.
        is_typed: Whether clients have types of the collection, which a change may break.
        misfits: How many documents do not fit the new schema; None if they were not looked at.
    """
    if is_typed and any(breaks(each, allow) for each in changes):
        return "refused"
    if misfits:
        return "needs_documents"
    if not changes:
        return "same"
    is_open = any(each.documents != "yes" and (misfits is None or each.kind in _OF_ALL_DOCUMENTS) for each in changes)
    return "needs_documents" if is_open else "fits"


def breaks(each: Change, allow: Collection[Effect]) -> bool:
    """Tells whether a change breaks clients that the caller does not accept to break."""
    breaks_readers = each.readers == "breaking" and "readers" not in allow
    return breaks_readers or (each.writers == "breaking" and "writers" not in allow)
