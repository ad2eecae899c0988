"""Deliveries: each tenant's copy, second letters and letters to offices, with lease, schedule and outcome."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

deliveries = sa.Table(
    "deliveries",
    metadata,
    # The delivery id: the channels' key against sending twice.
    sa.Column("id", Id, primary_key=True),
    sa.Column("notice_id", Id, sa.ForeignKey("notices.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # The kind of second letter (letters.content.SecondKind); null for copies and office letters.
    sa.Column("second", sa.Text),
    sa.Column("tenant_id", Id, sa.ForeignKey("notice_tenants.id")),
    sa.Column("office_number", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("channel", sa.Text),
    # The channel that it is at or goes to next, and the attempts there. Null: the first of its chain.
    sa.Column("next_channel", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Since when a channel may have it; null: certainly none has.
    sa.Column("handed_over_at", Instant),
    # How often it was sent again although nobody could tell whether the channel had it.
    sa.Column("resends", sa.Integer, nullable=False),
    # Null: due never, until a person has decided about the notice.
    sa.Column("due_at", Instant),
    sa.Column("lease_token", Id),
    sa.Column("leased_until", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("dispatched_at", Instant),
    # The channel's own name of the letter.
    sa.Column("confirmation", sa.Text),
    sa.Index("ix_deliveries_notice_id", "notice_id", "version"),
    sa.Index(
        "ix_deliveries_confirmation",
        "confirmation",
        sqlite_where=sa.text("status = 'queued' AND confirmation IS NOT NULL"),
        postgresql_where=sa.text("status = 'queued' AND confirmation IS NOT NULL"),
    ),
    sa.Index(
        "ix_deliveries_due_at",
        "due_at",
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    ),
)

# The way of a delivery through its channels: what did not go well, and what has still to be confirmed.
delivery_steps = sa.Table(
    "delivery_steps",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("delivery_id", Id, sa.ForeignKey("deliveries.id"), nullable=False),
    sa.Column("taken_at", Instant, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    # The channel's own code.
    sa.Column("reason", sa.Text),
    sa.Index("ix_delivery_steps_delivery_id", "delivery_id"),
)

# The codes on letters to offices: found by blind index, kept encrypted so that a letter can print one.
office_codes = sa.Table(
    "office_codes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("delivery_id", Id, sa.ForeignKey("deliveries.id"), nullable=False, unique=True),
    sa.Column("code_index", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("code", sa.LargeBinary),
    sa.Column("created_at", Instant, nullable=False),
    # When the office was done with the letter.
    sa.Column("closed_at", Instant),
)

# Each letter as it went out: kept encrypted until erasure, never rendered again.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("delivery_id", Id, sa.ForeignKey("deliveries.id"), primary_key=True),
    sa.Column("rendered_at", Instant, nullable=False),
    # The code of the address that a letter to a tenant goes to, whether it is printed or not.
    sa.Column("code_id", Id, sa.ForeignKey("tenant_codes.id")),
    # When its reader first opened her page with that code.
    sa.Column("opened_at", Instant),
    sa.Column("pdf", sa.LargeBinary),
    sa.Index("ix_letters_code_id", "code_id"),
)

# Channels that an operator has paused: their deliveries wait, at no cost, until `copies resume`.
paused_channels = sa.Table(
    "paused_channels",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("paused_at", Instant, nullable=False),
)

# The workers that run: each tells again and again that it is there (`varsling status`).
workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # The machine and the process.
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)
