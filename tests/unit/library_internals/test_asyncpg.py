"""What is assumed of asyncpg: that a connection keeps the address it was opened to, and its transport."""

import inspect

import asyncpg
import pytest

from tests.unit.library_internals.assumptions import broken


@pytest.mark.parametrize("member", ["_addr", "_transport"])
def test_a_connection_knows_where_it_leads(member: str) -> None:
    assert member in asyncpg.Connection.__slots__, broken(
        "asyncpg", f"Connection has no {member}", "library_internals/asyncpg.py"
    )
    assert f"self.{member} = " in inspect.getsource(asyncpg.Connection.__init__)
