"""Texts that stand in statements as they are, whatever is in them."""

import pytest
from sqlalchemy import Text, bindparam, select

from datastore_service.infrastructure.database.engine.constants import constant, constants
from datastore_service.infrastructure.database.engine.pools import Engines


@pytest.mark.parametrize(
    "text",
    ["'", "\\'", "%", "%%", "%(named)s", "'\\n%(named)s\\", ":named", "$1", "{}", "'); DROP TABLE records; --", ""],
)
async def test_a_constant_is_the_very_text(engines: Engines, text: str) -> None:
    named = bindparam("named", type_=Text)
    query = select(constant(text).label("one"), constants([text, "a"]).label("many"), named.label("named"))

    ((one, many, value),) = await engines.read.read(query, {"named": "value"})

    assert (one, many, value) == (text, [text, "a"], "value")
