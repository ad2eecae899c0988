"""Streams of events, one for each organisation, and the grants for offices' notices."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

# The last rows that a transaction locks: the holder of a head assigns the next position (guarantee 5).
stream_heads = sa.Table(
    "stream_heads",
    metadata,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    # Position, hash and time of the last event: kept here, so that they outlive the event.
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("time", Instant),
)

stream_events = sa.Table(
    "stream_events",
    metadata,
    sa.Column("organisation", sa.Text, sa.ForeignKey("stream_heads.organisation"), primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True),
    sa.Column("id", Id, nullable=False),
    # Never goes back within a stream: the events before an instant are the stream's beginning.
    sa.Column("time", Instant, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    # The event as readers get it, rendered once: a page is these bytes joined.
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("ix_stream_events_time", "organisation", "time", "position"),
)

# Publications share the lock of this table; a change of grants has it alone. So a backfill misses no publication.
grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    # None: all offices.
    sa.Column("office_number", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("granted_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Index(
        "ix_grants_office_number",
        "office_number",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    ),
    sa.Index("ix_grants_organisation", "organisation"),
)

integrations = sa.Table(
    "integrations",
    metadata,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("polled_at", Instant, nullable=False),
    # The last position given to it, as noted: for `varsling integrations lag` alone.
    sa.Column("position", sa.BigInteger),
)
