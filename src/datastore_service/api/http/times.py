"""Times in requests."""

from datetime import datetime
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from datastore_service.application.times import read_time

Moment = Annotated[datetime, PlainValidator(read_time), WithJsonSchema({"type": "string", "format": "date-time"})]
