"""JSON Schema by jsonschema-rs, which keeps all digits of numbers and answers in linear time."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, cast

import jsonschema_rs

from datastore_service.application.json_codec import decode, encode
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, escape_pointer

_SHOWN: Final = 10


class CompiledJsonSchemas:
    """Compiles each schema once."""

    def check(self, schema: Json) -> None:
        if not isinstance(schema, dict | bool):
            raise InvalidValue("/schema", "A JSON Schema is an object or a boolean.")
        try:
            _compiled(encode(schema))
        except jsonschema_rs.ValidationError as error:
            reason = str(error).partition("\n")[0]
            raise InvalidValue(
                f"/schema{_pointer(error.instance_path)}", f"This is no JSON Schema: {reason}."
            ) from error
        except jsonschema_rs.ReferencingError as error:
            raise InvalidValue("/schema", f"A reference leads out of the schema: {error}.") from error

    def violations(self, schema: Json, value: Json) -> Sequence[tuple[str, str]]:
        found = islice(_compiled(encode(schema)).iter_errors(value), _SHOWN)
        return [(_pointer(error.instance_path), error.message) for error in found]


@lru_cache(maxsize=256)
def _compiled(schema: bytes) -> Any:  # noqa: ANN401 - one of the library's validator classes
    # The messages leave out the values, which may be large; nothing is fetched.
    return jsonschema_rs.validator_for(
        cast("Any", decode(schema)), mask="the value", offline=True, pattern_options=jsonschema_rs.RegexOptions()
    )


def _pointer(path: Sequence[str | int]) -> str:
    return "".join(f"/{escape_pointer(step)}" for step in path)
