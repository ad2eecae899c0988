"""Reservations: tenants tell their landlords in writing to send no notice (husleieloven § 9-11). And leases."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata
from varsling.landlords.tables import landlords

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("birth_index", sa.LargeBinary, nullable=False),
    sa.Column("acting_organisation", sa.Text, nullable=False),
    sa.Column("landlord_organisation", sa.Text),
    sa.Column("landlord_key", sa.Text, sa.ForeignKey(landlords.c.key), nullable=False),
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
    sa.Index("ix_reservations_birth_index", "birth_index"),
    sa.Index("ix_reservations_lease_reference", "lease_reference"),
    sa.Index("ix_reservations_acting_organisation", "acting_organisation", "id"),
    sa.Index("ix_reservations_landlord_organisation", "landlord_organisation", "id"),
)

# Others than its own side who are told of a reservation, and may read and revoke it: those whose notices it met.
reservation_told = sa.Table(
    "reservation_told",
    metadata,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("reservation_id", Id, sa.ForeignKey("reservations.id"), primary_key=True),
    sa.Index("ix_reservation_told_reservation_id", "reservation_id"),
)

# The ends of leases, as each side tells them. They decide how long a reservation is kept.
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("landlord_key", sa.Text, sa.ForeignKey(landlords.c.key), nullable=False),
    sa.Column("acting_organisation", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("ended_on", sa.Date, nullable=False),
    sa.Column("told_at", Instant, nullable=False),
    sa.UniqueConstraint("landlord_key", "acting_organisation", "reference"),
)
