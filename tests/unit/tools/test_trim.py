import shutil
import subprocess
import sys
from pathlib import Path

import uuid_utils

from tools.trim import stripped, trim


def put(file: Path, content: bytes = b"") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def test_removes_what_is_not_used_and_sources_of_extensions_alone(tmp_path: Path) -> None:
    kept = [tmp_path / name for name in ("a/__init__.py", "a/py.typed", "a/testing/client.py", "a/data/tests.json")]
    removed = [
        tmp_path / name
        for name in ("a/tests/test_a.py", "pygments/lexers/python.py", "a/fast.pyx", "a/fast.c", "a/fast.pyi")
    ]
    for file in kept + removed:
        put(file)

    trim(tmp_path)

    assert [file for file in kept + removed if file.exists()] == kept


def test_a_trimmed_extension_still_works_and_is_smaller(tmp_path: Path) -> None:
    package = Path(uuid_utils.__file__).parent
    shutil.copytree(package, tmp_path / "uuid_utils")
    [library] = (tmp_path / "uuid_utils").glob("*.so")
    size = library.stat().st_size

    trim(tmp_path)

    program = "import uuid_utils; print(uuid_utils.__file__); print(uuid_utils.uuid7().version)"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=20
    )
    assert run.stdout.splitlines() == [str(tmp_path / "uuid_utils/__init__.py"), "7"]
    assert library.stat().st_size < size


def test_is_the_same_when_done_again() -> None:
    [library] = Path(uuid_utils.__file__).parent.glob("*.so")
    once = stripped(library.read_bytes())

    assert stripped(once) == once


def test_leaves_what_is_no_shared_object() -> None:
    assert stripped(b"GROUP ( libc.so.6 )") == b"GROUP ( libc.so.6 )"
