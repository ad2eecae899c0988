"""First answers, and the idempotency keys that lead to them (CONTRACT § Idempotency)."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("location", sa.Text),
    sa.Column("etag", sa.Text),
    sa.Column("body", sa.LargeBinary),
    sa.Column("created_at", Instant, nullable=False),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    # A blind index of the acting organisation and its key: callers put names and numbers into keys.
    sa.Column("key_index", sa.LargeBinary, primary_key=True),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("answer_id", Id, sa.ForeignKey("answers.id"), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("ix_idempotency_keys_created_at", "created_at"),
)
