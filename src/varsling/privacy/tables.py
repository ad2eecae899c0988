"""The audit trail, and what a database remembers of its keys."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

# Rows go in unchained, in the transaction of the change that they tell of; sealing puts them into segments later.
audit_rows = sa.Table(
    "audit_rows",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    # Who did it: an organisation number, or a part of varsling by name. Never a tenant.
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    # What allowed it, in words that stand by themselves: a later release may know another rule.
    sa.Column("basis", sa.Text, nullable=False),
    # The notice, reservation or other thing that it happened to.
    sa.Column("subject", Id, nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("facts", sa.Text),
    # Makes the row's digest, which outlives the row, useless for guessing what stood there.
    sa.Column("salt", sa.LargeBinary),
    sa.Column("segment_id", Id),
    sa.Index("ix_audit_rows_subject", "subject", "id"),
)

key_checks = sa.Table(
    "key_checks",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("check_value", sa.LargeBinary, nullable=False),
)
