"""What NORG2 answered about areas and offices: each renewal whole, the newest in force, the older ones kept."""

import sqlalchemy as sa

from varsling.database.types import Instant, metadata

register_renewals = sa.Table(
    "register_renewals",
    metadata,
    # Grows by one: two renewals at once cannot both be the next.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
)
