"""What an operator may do so that a question costs less."""

import re
import shlex
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_PLAIN: Final = re.compile(r"[ !#$&-\[\]-~]*")


@dataclass(frozen=True, slots=True)
class Advice:
    """That an index on the path would serve a filter or an order that none serves now."""

    collection: str
    path: str

    @property
    def command(self) -> str:
        """Returns what to type into a POSIX shell: printable ASCII, and nothing that a header would have to escape."""
        plain = shlex.join(["datastore", "index", "create", self.collection, self.path])
        if _PLAIN.fullmatch(plain):
            return plain
        return f"datastore index create --encoded {quote(self.collection)} {quote(self.path, safe='')}"
