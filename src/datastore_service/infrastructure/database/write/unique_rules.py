"""Unique constraints: PostgreSQL checks them, and each has its own refusal."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from datastore_service.domain.errors import DomainError


@contextmanager
def refused_by(rules: Mapping[str, DomainError]) -> Generator[None]:
    """Turns the violation of a unique constraint into its refusal; after it the transaction can only be rolled back.

    Args:
        rules: The refusal for each constraint or unique index, by its name in the database.

    Raises:
        DomainError: The refusal of the violated constraint; for others the `IntegrityError` is raised unchanged.
    """
    try:
        yield
    except IntegrityError as error:
        broken = rules.get(getattr(error.orig and error.orig.__cause__, "constraint_name", ""))
        if broken is None:
            raise
        raise broken from error
