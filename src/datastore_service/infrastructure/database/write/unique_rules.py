"""Unique rules of tables: PostgreSQL checks them, and each has a refusal of its own."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from datastore_service.domain.errors import DomainError


@contextmanager
def refused_by(rules: Mapping[str, DomainError]) -> Generator[None]:
    """Turns the violation of a unique constraint into its refusal; the transaction can only be rolled back after it.

    Args:
        rules: For each constraint or unique index, by its name in the database, what is refused.

    Raises:
        DomainError: The refusal of the rule that was broken; one that is not among the rules stays an `IntegrityError`.
    """
    try:
        yield
    except IntegrityError as error:
        broken = rules.get(getattr(error.orig and error.orig.__cause__, "constraint_name", ""))
        if broken is None:
            raise
        raise broken from error
