"""The declarative base every table shares: naming of constraints, column types, keys."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Date, DateTime, Identity, LargeBinary, MetaData, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

#: Fixed names, so that a violated constraint can be turned into a sentence and a migration can find it.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: A SHA-256 digest in lower-case hexadecimal.
Digest: TypeAlias = str
Json = dict[str, Any]

uuid_key = Annotated[UUID, mapped_column(primary_key=True, default=uuid4)]
serial_key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]


class Base(DeclarativeBase):
    """Parent of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text,
        UUID: Uuid,
        datetime: DateTime(timezone=True),
        date: Date,
        Decimal: Numeric(10, 3),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        list[dict[str, Any]]: JSONB,
    }
