"""The codes on the tenants' copies: found by blind index, kept encrypted so that a letter can print one."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

tenant_codes = sa.Table(
    "tenant_codes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant_id", Id, sa.ForeignKey("notice_tenants.id"), nullable=False, unique=True),
    sa.Column("code_index", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("code", sa.LargeBinary),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("wrong_tries", sa.Integer, nullable=False),
    sa.Column("closed_until", Instant),
)
