"""The parameters and reports of imports and exports."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from datastore_service.api.http import descriptions
from datastore_service.api.http.problems import problem_of
from datastore_service.api.routes.bulk.csv_rows import DELIMITER_PATTERN
from datastore_service.application.write.ports.imports import ImportProgress, Rejection
from datastore_service.domain.records.values import COLLECTION_PATTERN, DEFAULT_COLLECTION

REPORTED_REJECTIONS: Final = 1000
"""The maximum number of rejections that a report lists; it counts all of them."""


class ImportQuery(BaseModel):
    """The parameters of an import."""

    model_config = ConfigDict(extra="forbid")

    collection: Annotated[
        str, Field(description="The collection of records that do not name one.", pattern=COLLECTION_PATTERN)
    ] = DEFAULT_COLLECTION
    name: Annotated[
        str | None,
        Field(
            description="A name for the import: sent again with it, an interrupted import continues.",
            min_length=1,
            max_length=200,
            pattern=r"^[^\u0000]*$",
        ),
    ] = None
    on_conflict: Annotated[
        Literal["reject", "skip", "replace"],
        Field(description="What to do with a line whose id exists already."),
    ] = "reject"
    payloads: Annotated[
        bool, Field(description="Whether each line of NDJSON is a payload instead of a record with its members.")
    ] = False
    typed: Annotated[
        bool, Field(description="Whether CSV cells with JSON numbers, true, false or null are read as such.")
    ] = False
    delimiter: Annotated[
        str | None,
        Field(
            description="The character between cells of CSV, or `tab`; by default the most frequent one of `,`, `;`, "
            "tab and `|` in the header.",
            pattern=DELIMITER_PATTERN,
        ),
    ] = None
    decimal: Annotated[Literal[".", ","], Field(description="The decimal separator in typed cells.")] = "."


class RejectedLine(BaseModel):
    """A line that was not stored."""

    line: Annotated[int, Field(description="The number of the line, from 1.")]
    code: Annotated[str, Field(description="As in problem documents.")]
    detail: str
    errors: Annotated[list[dict[str, Any]] | None, Field(description="The bad parts, as in problem documents.")] = None


class ImportReport(BaseModel):
    """The result of an import."""

    lines: Annotated[int, Field(description="The number of the last line.")]
    created: int
    replaced: int
    skipped: int
    rejected: int
    resumed_after: Annotated[
        int, Field(description="The last line that an earlier, interrupted request has processed.")
    ]
    rejections: Annotated[
        list[RejectedLine], Field(description=f"The rejected lines of this request, the first {REPORTED_REJECTIONS}.")
    ]


class ExportQuery(BaseModel):
    """The parameters of an export."""

    model_config = ConfigDict(extra="forbid")

    collection: Annotated[str | None, Field(description=descriptions.ONLY_COLLECTION, pattern=COLLECTION_PATTERN)] = (
        None
    )


def rejected_line(rejection: Rejection) -> dict[str, Any]:
    """Returns the number of the line and its errors."""
    problem = problem_of(rejection.error)
    said = {"line": rejection.line.number, "code": problem.code, "detail": problem.detail}
    return said | ({"errors": problem.members["errors"]} if "errors" in problem.members else {})


class Rejections:
    """Collects rejected lines, as many as are reported."""

    def __init__(self) -> None:
        self._lines: list[dict[str, Any]] = []

    async def rejected(self, rejections: Sequence[Rejection], /) -> None:
        self._lines += map(rejected_line, rejections[: REPORTED_REJECTIONS - len(self._lines)])

    async def advanced(self, progress: ImportProgress, /) -> None:
        pass

    def report(self, progress: ImportProgress) -> dict[str, Any]:
        """Returns the result of the import as JSON."""
        return {**counts_of(progress), "rejections": self._lines}


def counts_of(progress: ImportProgress) -> dict[str, int]:
    """Returns the number of lines for each outcome."""
    return {
        "lines": progress.lines,
        "created": progress.created,
        "replaced": progress.replaced,
        "skipped": progress.skipped,
        "rejected": progress.rejected,
        "resumed_after": progress.resumed_after,
    }
