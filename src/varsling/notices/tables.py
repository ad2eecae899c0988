"""A notice, its versions and its tenants."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata
from varsling.landlords.tables import landlords

OPEN_STATUSES = ("accepted", "sent", "received")
# A withdrawn or blocked notice frees its reference; a closed one its lease (CONTRACT § Idempotency, `if_open`).
HAS_REFERENCE = "status NOT IN ('withdrawn', 'blocked')"
IS_OPEN = "status IN ('accepted', 'sent', 'received')"
_IS_ACCEPTED = "status = 'accepted'"
# Sent, and confirmed by nobody yet.
_AWAITS_RECEIPT = "status = 'sent' AND received_on IS NULL"
# In the stream of an office that has not read it.
_IS_UNREAD = (
    "status IN ('sent', 'received') AND fetched_at IS NULL AND opened_at IS NULL"
    " AND (reached_by = 'feed' OR forwarded_at IS NOT NULL)"
)
_REPRESENTED = "CASE WHEN acting_organisation <> landlord_organisation THEN landlord_organisation END"
_IS_REPRESENTED = "represented_landlord IS NOT NULL"
# Of versions.
_WAS_PUBLISHED = "published_at IS NOT NULL"

# As the indexes say it: with bound values neither database sees that a partial index fits.
has_reference, is_open = sa.text(HAS_REFERENCE), sa.text(IS_OPEN)
is_accepted, awaits_receipt, is_unread = sa.text(_IS_ACCEPTED), sa.text(_AWAITS_RECEIPT), sa.text(_IS_UNREAD)
was_published = sa.text(_WAS_PUBLISHED)
is_published = sa.text(f"{IS_OPEN} AND status <> 'accepted'")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """Make an index of the rows alone that fit a condition."""
    condition = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("acting_organisation", sa.Text, nullable=False),
    sa.Column("landlord_organisation", sa.Text),
    # The landlord, if somebody else sent the notice. A column, so that the database knows how many these are.
    sa.Column("represented_landlord", sa.Text, sa.Computed(_REPRESENTED, persisted=True)),
    sa.Column("landlord_key", sa.Text, sa.ForeignKey(landlords.c.key), nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("lease_reference", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("held_for", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rule_version", sa.Text, nullable=False),
    sa.Column("office_number", sa.Text),
    sa.Column("found_by", sa.Text, nullable=False),
    sa.Column("reached_by", sa.Text),
    sa.Column("register_version", sa.Text, nullable=False),
    sa.Column("remarks", sa.Text, nullable=False),
    sa.Column("warning_sent_on", sa.Date),
    sa.Column("planned_petition_date", sa.Date),
    # The petition that is lodged. Null: there is none, or it was withdrawn.
    sa.Column("petition_filed_on", sa.Date),
    sa.Column("assumed_sent_on", sa.Date, nullable=False),
    sa.Column("sent_on", sa.Date),
    sa.Column("received_on", sa.Date),
    sa.Column("petition_recommended", sa.Date, nullable=False),
    sa.Column("accepted_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Column("received_at", Instant),
    sa.Column("fetched_at", Instant),
    sa.Column("opened_at", Instant),
    # When the present office got the notice from another office. `fetched_at` and `opened_at` belong to the present
    # office.
    sa.Column("forwarded_at", Instant),
    # When a reader outside the landlord's side first read it, observers included (policy reservation_before_fetch).
    sa.Column("read_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("published_version", sa.Integer),
    # Whether a tenant asked the office for a call, or said that children live there.
    sa.Column("tenant_urgent", sa.Boolean, nullable=False),
    sa.Column("body_digest", sa.LargeBinary, nullable=False),
    sa.Column("answer_id", Id, nullable=False),
    _partial(
        "uq_notices_reference", "acting_organisation", "landlord_key", "reference", where=HAS_REFERENCE, unique=True
    ),
    _partial("uq_notices_open_lease", "landlord_key", "lease_reference", where=IS_OPEN, unique=True),
    # For lists: each side's notices, by each filter. A landlord's own submissions have the first side alone.
    sa.Index("ix_notices_acting", "acting_organisation", "id"),
    sa.Index("ix_notices_acting_reference", "acting_organisation", "reference", "id"),
    sa.Index("ix_notices_acting_lease", "acting_organisation", "lease_reference", "id"),
    sa.Index("ix_notices_acting_status", "acting_organisation", "status", "id"),
    sa.Index("ix_notices_acting_updated_at", "acting_organisation", "updated_at"),
    _partial("ix_notices_represented", "represented_landlord", "id", where=_IS_REPRESENTED),
    _partial("ix_notices_represented_reference", "represented_landlord", "reference", "id", where=_IS_REPRESENTED),
    _partial("ix_notices_represented_lease", "represented_landlord", "lease_reference", "id", where=_IS_REPRESENTED),
    _partial("ix_notices_represented_status", "represented_landlord", "status", "id", where=_IS_REPRESENTED),
    _partial("ix_notices_represented_updated_at", "represented_landlord", "updated_at", where=_IS_REPRESENTED),
    # For what time alone makes due.
    _partial("ix_notices_accepted", "office_number", where=_IS_ACCEPTED),
    _partial("ix_notices_awaiting_receipt", "sent_on", where=_AWAITS_RECEIPT),
    _partial("ix_notices_unread", "sent_on", where=_IS_UNREAD),
    _partial("ix_notices_open", "petition_recommended", where=IS_OPEN),
    _partial("ix_notices_held_for", "held_for", where="held_for IS NOT NULL"),
)

notice_versions = sa.Table(
    "notice_versions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("notice_id", Id, sa.ForeignKey("notices.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("published_at", Instant),
    # The office that the copies name. It is fixed when a worker takes the first copy.
    sa.Column("office_number", sa.Text),
    # The office that has the published version: the named one, or one that Nav alone knows of. Null: no office has it.
    sa.Column("receiving_office_number", sa.Text),
    sa.Column("content", sa.LargeBinary),
    # The petition that this version tells is lodged, and whether a caseworker should see it first: for events.
    sa.Column("petition_filed_on", sa.Date),
    sa.Column("urgent", sa.Boolean, nullable=False),
    # The strictest protection of the named tenants (domain.protection), encrypted. Null: the register has not answered.
    sa.Column("protection", sa.LargeBinary),
    sa.UniqueConstraint("notice_id", "version"),
    _partial("ix_notice_versions_receiving_office_number", "receiving_office_number", where=_WAS_PUBLISHED),
)

notice_tenants = sa.Table(
    "notice_tenants",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("notice_id", Id, sa.ForeignKey("notices.id"), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("birth_index", sa.LargeBinary, nullable=False),
    sa.Column("number_index", sa.LargeBinary),
    sa.Column("family_indexes", sa.LargeBinary, nullable=False),
    # When and why the notice goes on for the others alone (policy joint_reservation; LAW, case 3).
    sa.Column("left_out_at", Instant),
    sa.Column("left_out_for", sa.Text),
    # When she said on her page that she wants no reminder (policy reminder_days).
    sa.Column("no_reminder_at", Instant),
    sa.UniqueConstraint("notice_id", "place"),
    sa.Index("ix_notice_tenants_birth_index", "birth_index"),
)
