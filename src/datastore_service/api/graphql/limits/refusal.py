"""The error of a document that asks for too much."""

from graphql import GraphQLError


class DocumentRefused(GraphQLError):
    """A document goes beyond a limit.

    Attributes:
        code: One of `api/http/problems.py`'s catalogue.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
