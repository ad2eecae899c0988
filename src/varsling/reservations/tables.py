"""Reservations, and the (landlord, birth date) pairs whose rows reservation and publication lock first."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

# The id is a blind index of landlord and birth date: two processes that mention a pair first make the same row.
pairs = sa.Table("pairs", metadata, sa.Column("id", Id, primary_key=True))

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("pair_id", Id, sa.ForeignKey("pairs.id"), nullable=False),
    sa.Column("acting_organisation", sa.Text, nullable=False),
    sa.Column("landlord_organisation", sa.Text),
    sa.Column("landlord_key", sa.Text, nullable=False),
    sa.Column("lease_reference", sa.Text, nullable=False),
    sa.Column("number_index", sa.LargeBinary),
    sa.Column("family_indexes", sa.LargeBinary, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("content", sa.LargeBinary),
    sa.Column("body_digest", sa.LargeBinary, nullable=False),
    sa.Column("answer_id", Id, nullable=False),
    sa.Index("ix_reservations_pair_id", "pair_id"),
    sa.Index("ix_reservations_acting_organisation", "acting_organisation", "id"),
    sa.Index("ix_reservations_landlord_organisation", "landlord_organisation", "id"),
)
