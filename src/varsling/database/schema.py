"""All tables, gathered for the migrations and for `alembic check`."""

import varsling.access.tables
import varsling.database.clock
import varsling.deliveries.tables
import varsling.feed.tables
import varsling.landlords.tables
import varsling.notices.tables
import varsling.offices.tables
import varsling.privacy.tables
import varsling.reservations.tables
import varsling.tenants.tables  # noqa: F401  (importing a table puts it into the metadata)
from varsling.database.types import metadata

__all__ = ["metadata"]
