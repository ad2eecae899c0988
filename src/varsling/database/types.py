"""The metadata that every table joins, and column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

# Names that do not depend on the engine: migrations and error reports name constraints.
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.Uuid()
INSTANT_LENGTH = len("2026-01-31T23:59:59.000000Z")


class Instant(sa.TypeDecorator[datetime]):
    """A point in time with microseconds: an aware datetime, always UTC when read.

    PostgreSQL stores timestamptz. SQLite has no such type: it stores text of one width, which sorts as time does. A
    naive datetime raises ValueError: its zone would be a guess, and the law's zone is Oslo.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.CHAR(INSTANT_LENGTH))
        return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("an instant needs its time zone")
        instant = value.astimezone(UTC)
        if dialect.name == "sqlite":
            return f"{instant.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        return instant

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return instant.astimezone(UTC)
