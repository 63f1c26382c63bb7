"""Query strings whose parameters have one value each."""

from collections.abc import Collection
from typing import Final, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from starlette.datastructures import QueryParams

from datastore_service.api.problems import Problem, RequestRefused

_SEVERAL: Final = (list, tuple, set, frozenset)


def single_parameters(route: Dependant) -> frozenset[str]:
    """Returns the names of the parameters of a route that have one value each."""
    return frozenset(field.alias for field in get_flat_params(route) if not _is_several(field.field_info.annotation))


def expect_once(query: QueryParams, names: Collection[str], code: str) -> None:
    """Makes sure that none of these parameters is given twice, as all but one of its values would be passed over.

    Raises:
        RequestRefused: One is; the error has this code.
    """
    if not query:
        return
    for name in query if len(query) < len(query.multi_items()) else ():
        if name in names and (times := len(query.getlist(name))) > 1:
            detail = f"{name}: is given {times} times; it has one value."
            errors = [{"in": "query", "parameter": name, "detail": detail}]
            raise RequestRefused(Problem(code, detail, {"errors": errors}))


def _is_several(annotation: object) -> bool:
    return any(get_origin(part) in _SEVERAL for part in (annotation, *get_args(annotation)))
