"""What records are grouped by: a field, or the calendar period that a time is in."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from datastore_service.application.fields import (
    Attribute,
    Field,
    Kind,
    PayloadPath,
    kind_of_attribute,
    read_field,
)
from datastore_service.application.path_texts import shortened
from datastore_service.domain.errors import InvalidValue

UTC: Final = "UTC"


class Unit(StrEnum):
    """A length of calendar periods; weeks begin on Monday (ISO 8601)."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """The calendar period that a time is in, in the time zone of the aggregate.

    Its value is the date on which it begins in that zone; that of an hour is the time at which it begins. What is not a
    time has no period, and neither has a time that in that zone lies outside the years 1 to 9999.

    Attributes:
        field: Where the time is; of a path in the payload, `as_time` is true.
        unit: How long the periods are.
    """

    field: Field
    unit: Unit

    def __str__(self) -> str:
        return f"{str(self.field).removesuffix('::time')}::{self.unit}"


type GroupKey = Field | Period


def field_of(key: GroupKey) -> Field:
    """Returns the field whose values, or whose periods, the key is about."""
    return key.field if isinstance(key, Period) else key


def read_group_key(written: str, pointer: str) -> GroupKey:
    """Reads a field, or a field with `::` and a unit behind it: `payload.city`, `created_at::month`.

    Raises:
        InvalidValue: It names no field, no unit, or a unit of what is not a time.
    """
    name, separator, unit = written.rpartition("::")
    if not separator or unit == "time" or not _UNIT.fullmatch(unit):
        return read_field(written, pointer)
    if unit not in Unit:
        raise InvalidValue(pointer, f"{shortened(unit)} is not a unit of time; there are {', '.join(Unit)}.")
    field = read_field(name, pointer)
    if isinstance(field, PayloadPath):
        return Period(replace(field, as_time=True), Unit(unit))
    if field.kind is not Kind.TIME:
        times = ", ".join(attribute for attribute in Attribute if kind_of_attribute(attribute) is Kind.TIME)
        raise InvalidValue(pointer, f"{field} is not a time; {times} and paths in the payload can be.")
    return Period(field, Unit(unit))


def check_time_zone(name: str, pointer: str) -> None:
    """Makes sure that there is a time zone of this name.

    Raises:
        InvalidValue: There is none.
    """
    if name == UTC:
        return
    try:
        if _ZONE.fullmatch(name):
            ZoneInfo(name)
            return
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise unknown_time_zone(name, pointer)


def unknown_time_zone(name: str, pointer: str) -> InvalidValue:
    """Returns the refusal of a name that is not one of a time zone."""
    known = "Time zones have names of the IANA database, such as Europe/Berlin or UTC."
    return InvalidValue(pointer, f"{shortened(name)} is not a time zone. {known}")


_UNIT: Final = re.compile(r"[A-Za-z]+")
# Only names with an area: PostgreSQL reads CET and the like as abbreviations, which know no summer time.
_ZONE: Final = re.compile(r"(?=.{1,60}$)[A-Z][A-Za-z_]*(/[A-Za-z0-9_+-]+)+", re.ASCII)
