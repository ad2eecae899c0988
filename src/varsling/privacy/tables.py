"""The audit trail, and a database's check of its keys."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

# Rows are inserted unchained, in the transaction of their change. Sealing puts them into segments later.
audit_rows = sa.Table(
    "audit_rows",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    # The actor: an organisation number, or one of domain.actor. It never identifies a tenant.
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    # The legal basis, in words that stand by themselves: a later release may know another rule.
    sa.Column("basis", sa.Text, nullable=False),
    # The thing acted on: a notice, a reservation, or another.
    sa.Column("subject", Id, nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("facts", sa.Text),
    # Makes the row's digest, which outlives the row, useless for guessing its contents.
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
