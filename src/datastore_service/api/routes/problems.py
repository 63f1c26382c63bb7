"""The meaning of each problem type: the `type` of a problem document leads here (RFC 9457, section 3.1.1)."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from datastore_service.api.http.catalogue import meaning_of
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.prefixes import prefix
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.schemas import ProblemTypeBody
from datastore_service.api.routes.openapi.openapi import answers

Code = Annotated[str, Path(description="The `code` of a problem document.", examples=["record_not_found"])]

router = APIRouter(prefix="/problems", tags=["problems"], route_class=JsonRoute)


@router.get("/{code}", responses=answers({200: ProblemTypeBody}, [], ["not_found"], database=False))
async def get_problem_type(code: Code) -> Response:
    """Describe a problem type."""
    meaning = meaning_of(code)
    if meaning is None:
        raise RequestRefused(Problem("not_found", f"There is no problem type {code!r}."))
    status, title = meaning
    body = ProblemTypeBody(type=f"{prefix()}/problems/{code}", code=code, status=status, title=title)
    return Response(body.model_dump_json(), media_type=JSON)
