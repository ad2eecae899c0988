"""The codes on tenants' copies, and tenants' entries on the page that the codes open."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

# Found by blind index, kept encrypted so that a letter can print one.
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

# Her statements to the office: she wants a call, or she disagrees. The newest of each kind counts.
tenant_statements = sa.Table(
    "tenant_statements",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant_id", Id, sa.ForeignKey("notice_tenants.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("said_at", Instant, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.UniqueConstraint("tenant_id", "kind"),
)

# Reports of misuse, to the operator. `notice_id` names the notice.
misuse_reports = sa.Table(
    "misuse_reports",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant_id", Id, sa.ForeignKey("notice_tenants.id"), nullable=False),
    sa.Column("notice_id", Id, sa.ForeignKey("notices.id"), nullable=False),
    sa.Column("reported_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.Column("content", sa.LargeBinary),
    sa.Index("ix_misuse_reports_tenant_id", "tenant_id"),
    sa.Index(
        "ix_misuse_reports_open",
        "id",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)
