"""How aggregates and use cases are called in each place."""

import re
from typing import Final

from generation.project import GenerationError

LONGEST_NAME: Final = 24


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
    field, fields = camel_case(name), camel_case(names)
    return {
        "name": name,
        "Name": pascal_case(name),
        "names": names,
        "Names": pascal_case(names),
        "words": words,
        "Words": sentence(words),
        "words_plural": words_plural,
        "Words_plural": sentence(words_plural),
        "a_words": a_words,
        "A_words": sentence(a_words),
        "field": field,
        "fields": fields,
        "create": f"create{pascal_case(name)}",
        "change": f"change{pascal_case(name)}",
    }


def pascal_case(name: str) -> str:
    """Returns a name as one of a class: `purchase_order` becomes `PurchaseOrder`."""
    return "".join(part.title() for part in name.split("_"))


def camel_case(name: str) -> str:
    """Returns a name as one of GraphQL: `purchase_order` becomes `purchaseOrder`."""
    return name[0] + pascal_case(name)[1:]


def sentence(words: str) -> str:
    """Returns words as the beginning of a sentence."""
    return words[0].upper() + words[1:]
