"""The tables."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What the tables share."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: TIMESTAMP(timezone=True),
        str: Text,
    }


class Record(Base):
    """A record."""

    __tablename__ = "records"
    __table_args__ = (
        Index(None, "collection", "id"),
        Index("records_by_city", "collection", text("(payload ->> 'city')"), "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    payload: Mapped[Any] = mapped_column(JSONB)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    updated_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


class Revision(Base):
    """What a change has left of a record."""

    __tablename__ = "revisions"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    payload: Mapped[Any] = mapped_column(JSONB)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    at: Mapped[datetime]


class Link(Base):
    """A link from one record to another."""

    __tablename__ = "links"

    source_id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    relation: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    target: Mapped[Record] = relationship(foreign_keys=[target_id])
