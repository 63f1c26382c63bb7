"""How a test says which assumption on a library does not hold any more."""

import ast
import inspect
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from textwrap import dedent
from typing import Any


def broken(library: str, what: str, user: str) -> str:
    """Says what an upgrade has changed, and where the service relies on it."""
    return f"{library} {version(library)}: {what}. {user} relies on it; see adr/0087."


def calls(function: Callable[..., Any], name: str) -> bool:
    """Tells whether a function uses a method or an attribute of this name."""
    return name in inspect.unwrap(function).__code__.co_names


def digest(function: Callable[..., Any]) -> str:
    """Returns what is different if the code of a function is, its comments and its layout apart."""
    tree = ast.parse(dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    if ast.get_docstring(definition) is not None:
        del definition.body[0]
    return sha256(ast.unparse(tree).encode()).hexdigest()[:12]


def parameters(function: Callable[..., Any]) -> list[str]:
    """Returns the names of a function's parameters."""
    return list(inspect.signature(function).parameters)
