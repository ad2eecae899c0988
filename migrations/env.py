"""What alembic runs: with the connection of `varsling.database.migrate`, or from its own command with the settings."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from varsling.database.engine import create_engine
from varsling.database.migrate import migrating
from varsling.database.schema import metadata
from varsling.database.types import Instant
from varsling.settings import load_settings


def render_item(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Have generated migrations name our own column type."""
    if kind == "type" and isinstance(item, Instant):
        autogenerate.imports.add("from varsling.database.types import Instant")
        return "Instant()"
    return False


def run(connection: sa.Connection | None, **options: Any) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=True,  # SQLite alters a table by rebuilding it
        render_item=render_item,
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


given: sa.Connection | None = context.config.attributes.get("connection")
if context.is_offline_mode():
    run(None, url=load_settings().database_url, literal_binds=True)
elif given is not None:
    run(given)
else:
    with migrating(create_engine(load_settings().database_url)) as own:
        run(own)
