"""Takes out of installed packages what the running service does not need: debug information, tests, other databases.

The wheels of some libraries bring more debug information than code, and the image's base has no `strip`.
"""

import shutil
import struct
import sys
from pathlib import Path
from typing import Final

_SOURCES: Final = frozenset({".c", ".cpp", ".h", ".pxd", ".pyi", ".pyx"})
_UNUSED: Final = (
    "*/tests",
    "alembic/testing",
    "hydra/test_utils",
    # Mako colours the errors in its templates with them, where they are.
    "pygments/lexers",
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/mysql",
    "sqlalchemy/dialects/oracle",
    "sqlalchemy/testing",
)
_ELF64_LITTLE_ENDIAN: Final = b"\x7fELF\x02\x01"
_FILE_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")


def trim(packages: Path) -> None:
    """Trims every package in a folder of site-packages."""
    for pattern in _UNUSED:
        for folder in sorted(packages.glob(pattern)):
            shutil.rmtree(folder)
    for file in sorted(packages.rglob("*")):
        if file.suffix in _SOURCES:
            file.unlink()
        elif file.suffix == ".so":
            file.write_bytes(stripped(file.read_bytes()))


def stripped(library: bytes) -> bytes:
    """Returns the part of a shared object that its segments, which are all that is ever loaded, reach to."""
    if not library.startswith(_ELF64_LITTLE_ENDIAN):
        return library
    header = list(_FILE_HEADER.unpack_from(library))
    start, size, count = header[5], header[9], header[10]
    segments = [_PROGRAM_HEADER.unpack_from(library, start + size * n) for n in range(count)]
    # The table of sections lies behind the segments and goes: its place, its number of entries and that of names are 0.
    header[6] = header[12] = header[13] = 0
    end = max(start + size * count, *(offset + length for _, _, offset, _, _, length, _, _ in segments))
    return _FILE_HEADER.pack(*header) + library[_FILE_HEADER.size : end]


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
