"""Files that the commands read and write: their formats by their names, compressed or not."""

import gzip
import hashlib
import sys
from pathlib import Path

import pytest
import typer

from datastore_service.cli.files import (
    ChangedWhileRead,
    Input,
    UnknownForm,
    form_to_read,
    form_to_write,
    reading,
    writing,
)

CONTENT = b"".join(b'{"payload": %d}\n' % number for number in range(10_000))


def whole(content: Input) -> bytes:
    pieces: list[bytes] = []
    while piece := content.read(1000):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.csv", "csv"),
        ("x.CSV.gz", "csv"),
        ("x.csv.zst", "csv"),
        ("x.ndjson", "ndjson"),
        ("x.jsonl.gz", "ndjson"),
        ("x", "ndjson"),
        ("-", "ndjson"),
        ("dir.csv/x", "ndjson"),
    ],
)
def test_the_file_name_selects_the_format(name: str, form: str) -> None:
    assert (form_to_read(name), form_to_write(name)) == (form, form)


@pytest.mark.parametrize("name", ["x.xlsx", "x.XLSX", "x.parquet", "x.zip", "x.csv.xz", "x.tar.gz"])
def test_an_unsupported_name_is_refused_with_the_supported_ones(name: str) -> None:
    for form_of in (form_to_read, form_to_write):
        with pytest.raises(UnknownForm, match=r"NDJSON .* CSV"):
            form_of(name)


@pytest.mark.parametrize("name", ["x.json", "x.html", "x.ndjsn"])
def test_every_name_of_ndjson_is_read_but_not_written(name: str) -> None:
    assert form_to_read(name) == "ndjson"
    with pytest.raises(UnknownForm, match="--format"):
        form_to_write(name)


@pytest.mark.parametrize("name", ["x.ndjson", "x.ndjson.gz", "x.GZ"])
def test_reads_the_files_that_it_writes(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    with writing(str(file)) as target:
        target.write(CONTENT)
        assert not file.exists()

    with reading(str(file)) as content:
        digest = content.digest()
        assert whole(content) == CONTENT
        content.expect(digest)
        assert content.place == content.size == file.stat().st_size
    assert [each.name for each in tmp_path.iterdir()] == [name]
    unpacked = gzip.decompress(file.read_bytes()) if name.lower().endswith(".gz") else file.read_bytes()
    assert unpacked == CONTENT


@pytest.mark.parametrize("size", [0, 10, 1024 * 1024, 3 * 1024 * 1024])
def test_knows_the_import_names_of_former_releases(tmp_path: Path, size: int) -> None:
    content = (CONTENT * 20)[:size]
    (tmp_path / "x.ndjson").write_bytes(content)

    with reading(str(tmp_path / "x.ndjson")) as given:
        name = given.former_name()
        left = whole(given)

    piece = 1024 * 1024
    assert name == hashlib.sha256(b"%d " % size + content[:piece] + content[-piece:]).hexdigest()
    assert left == content


def test_equal_content_makes_equal_files(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        with writing(str(tmp_path / name)) as target:
            target.write(CONTENT)

    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize("name", ["x.ndjson", "x.ndjson.gz"])
def test_an_incomplete_export_leaves_no_file(tmp_path: Path, name: str) -> None:
    def write_in_part() -> None:
        with writing(str(tmp_path / name)) as target:
            target.write(CONTENT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_in_part()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damaged", [slice(0, -20), slice(0, 5), slice(3, None)])
def test_reports_a_file_that_cannot_be_decompressed(tmp_path: Path, damaged: slice) -> None:
    file = tmp_path / "x.ndjson.gz"
    file.write_bytes(gzip.compress(CONTENT)[damaged])

    with reading(str(file)) as content, pytest.raises(OSError, match=r"x\.ndjson\.gz cannot be decompressed"):
        whole(content)


def test_concatenated_files_are_read_to_the_end(tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson.gz"
    file.write_bytes(gzip.compress(CONTENT) * 2)

    with reading(str(file)) as content:
        digest = content.digest()
        assert whole(content) == CONTENT * 2
        content.expect(digest)


def test_a_file_that_changes_while_it_is_read_is_detected(tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson"
    file.write_bytes(CONTENT)
    with reading(str(file)) as content:
        digest = content.digest()
        file.write_bytes(CONTENT.replace(b"9999", b"0000"))

        whole(content)

        with pytest.raises(ChangedWhileRead, match="has changed while it was read"):
            content.expect(digest)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="it is there")
def test_zstandard_is_refused_with_a_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, writing(str(tmp_path / "x.ndjson.zst")):
        pass

    assert ended.value.exit_code == 2
    assert "zstd" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
