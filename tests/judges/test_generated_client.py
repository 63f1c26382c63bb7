"""A client that openapi-python-client makes of the OpenAPI document, and that nobody has touched."""

import importlib
import subprocess
import sys
from collections.abc import Generator
from types import ModuleType
from uuid import UUID

import pytest

from tests.e2e.conftest import RunningService
from tests.judges.conftest import HERE

PACKAGE = "generated_client"
DOCUMENT = HERE.parent / "snapshots/openapi.json"


class GeneratedClient:
    """The generated package, and its client of the running service."""

    def __init__(self, base_url: str) -> None:
        self.client = self.module("client").Client(base_url=base_url, raise_on_unexpected_status=True)
        self.models = self.module("models")

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory, service: RunningService) -> Generator[GeneratedClient]:
    folder = tmp_path_factory.mktemp("client")
    # Of several bodies it takes none that is an array, so it is told to leave JSON Patch out.
    command = ["generate", "--path", str(DOCUMENT), "--config", str(HERE / "client-config.json"), "--meta", "none"]
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *command, "--output-path", str(folder / PACKAGE)],
        check=True,
        capture_output=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(folder), *sys.path])
        generated = GeneratedClient(service.base_url)
        with generated.client:
            yield generated


def test_creates_patches_and_lists_records(generated: GeneratedClient) -> None:
    client, models = generated.client, generated.models
    new = models.NewRecord(payload={"name": "Ada"}, collection="generated", tags=["a"])
    patch = models.MergePatch.from_dict({"payload": {"born": 1815}})

    created = generated.module("api.records.create_record").sync(client=client, body=new)
    patched = generated.module("api.records.patch_record").sync(created.id, client=client, body=patch)
    page = generated.module("api.records.list_records").sync(client=client, collection="generated", limit=10)

    assert isinstance(created.id, UUID)
    assert (patched.version, patched.payload) == (2, {"name": "Ada", "born": 1815})
    assert [record.to_dict() for record in page.items] == [patched.to_dict()]


def test_reads_a_refusal(generated: GeneratedClient) -> None:
    new = generated.models.NewRecord(payload=1, collection="no/name")

    problem = generated.module("api.records.create_record").sync(client=generated.client, body=new)

    assert (problem.status, problem.code) == (422, "validation_failed")
    assert [error.pointer for error in problem.errors] == ["#/collection"]
