"""The error of a document that exceeds a limit."""

from graphql import GraphQLError


class DocumentRefused(GraphQLError):
    """A document exceeds a limit.

    Attributes:
        code: A code of the catalogue in `api/http/catalogue.py`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
