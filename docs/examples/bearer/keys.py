"""The keys that tokens are signed with."""

import logging
from pathlib import Path
from typing import Final

from jwt import PyJWK, PyJWKSet, PyJWTError

ALGORITHMS: Final = frozenset({"RS256", "PS256", "ES256", "ES384", "EdDSA"})
"""Those whose keys can be published: of a secret key, whoever can check a token could make one."""

_log = logging.getLogger(__name__)


class KeyFile:
    """The public keys in a file (a JWK Set, RFC 7517), which is read again as soon as another one is in its place."""

    def __init__(self, path: Path) -> None:
        """Reads the file for the first time.

        Raises:
            OSError: It cannot be read.
            ValueError: It is no JSON.
            PyJWTError: It is no set of keys, or has none that can be used.
        """
        self._path = path
        self._mark: tuple[int, ...] = self._mark_now()
        self._keys = self._read()

    def get(self, key_id: object) -> PyJWK | None:
        """Returns the key with this id."""
        self._look_again()
        return self._keys.get(key_id)

    def _look_again(self) -> None:
        try:
            mark = self._mark_now()
            if mark != self._mark:
                self._keys, self._mark = self._read(), mark
        except (OSError, ValueError, PyJWTError) as error:
            _log.warning("%s cannot be read, its last keys stay: %s", self._path, type(error).__name__)

    def _mark_now(self) -> tuple[int, ...]:
        found = self._path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self) -> dict[object, PyJWK]:
        keys = PyJWKSet.from_json(self._path.read_text()).keys
        return {key.key_id: key for key in keys if key.key_id and key.algorithm_name in ALGORITHMS}
