"""What is asked, in values that each contender puts into a form of its own."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.rates.contenders import SIZE
from bench.stores import COLLECTION, record_id

_MADE: Final = random.Random(7)  # noqa: S311 - nothing secret
_DIFFERENT: Final = 500
BATCH: Final = 100
PAGE: Final = 100
CITY: Final = "Berlin"
FILTERED: Final = 20
LINKED: Final = 10


def payload(number: int) -> Mapping[str, Any]:
    """Returns a document of 200 bytes, such as the stores hold."""
    return {
        "number": number,
        "name": f"Person {number}",
        "age": number % 100,
        "group": number // 50,
        "city": "Helsinki",
        "about": " ".join(_MADE.choices(("kadan", "lolin", "mimer", "rutov", "sedan", "kalin", "lomer"), k=20)),
    }


CONTENTS: Final[Sequence[Mapping[str, Any]]] = [
    {"collection": COLLECTION, "payload": payload(SIZE + number)} for number in range(_DIFFERENT)
]
"""What is written."""

READ: Final[Sequence[str]] = [str(record_id(_MADE.randrange(SIZE // 2))) for _ in range(_DIFFERENT)]
"""The records that are read: of the older half, which nobody changes."""

REPLACED: Final[Sequence[str]] = [str(record_id(SIZE // 2 + number)) for number in range(_DIFFERENT)]
"""The records that are replaced."""

FIELDS: Final = "id collection version payload tags updatedAt"


HUNDREDS: Final[Sequence[Sequence[Mapping[str, Any]]]] = [
    CONTENTS[number : number + BATCH] for number in range(0, _DIFFERENT, BATCH)
]
"""What is written at once."""
