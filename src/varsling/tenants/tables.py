"""The codes on tenants' copies, and tenants' entries on the page that the codes open."""

import sqlalchemy as sa

from varsling.database.types import Id, Instant, metadata

# One for each address that the landlord's side gave for her and each way to it: a letter carries the code of its own
# address, and what she says through one code is not told through another. Found by blind index, kept encrypted so that
# a letter can print it. One more is hers alone, and on no letter: through it goes what she says after her own login.
tenant_codes = sa.Table(
    "tenant_codes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant_id", Id, sa.ForeignKey("notice_tenants.id"), nullable=False),
    sa.Column("address_index", sa.LargeBinary, nullable=False),
    sa.Column("code_index", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("code", sa.LargeBinary),
    # How sure it is that she uses it (domain.tenant.Through).
    sa.Column("through", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("wrong_tries", sa.Integer, nullable=False),
    sa.Column("closed_until", Instant),
    # When she last left the page: what was opened before is closed.
    sa.Column("left_at", Instant),
    sa.UniqueConstraint("tenant_id", "address_index"),
)

# Her sessions at ID-porten, by blind index, with her own code of each notice that she entered in them: a logout there
# ends them here. Kept for as long as one may be open.
tenant_logins = sa.Table(
    "tenant_logins",
    metadata,
    sa.Column("login_index", sa.LargeBinary, primary_key=True),
    sa.Column("code_id", Id, sa.ForeignKey("tenant_codes.id"), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_tenant_logins_code_id", "code_id"),
)

# Her statements to the office, with the code through which she made them: the newest of each kind for each code.
# `times` counts the changes since `counted_from`, for a day.
tenant_statements = sa.Table(
    "tenant_statements",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant_id", Id, sa.ForeignKey("notice_tenants.id"), nullable=False),
    sa.Column("code_id", Id, sa.ForeignKey("tenant_codes.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("first_said_at", Instant, nullable=False),
    sa.Column("said_at", Instant, nullable=False),
    sa.Column("counted_from", Instant, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.UniqueConstraint("code_id", "kind"),
    sa.Index("ix_tenant_statements_tenant_id", "tenant_id"),
)

# Reports of misuse, to the operator. `notice_id` names the notice.
misuse_reports = sa.Table(
    "misuse_reports",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant_id", Id, sa.ForeignKey("notice_tenants.id"), nullable=False),
    sa.Column("code_id", Id, sa.ForeignKey("tenant_codes.id"), nullable=False),
    sa.Column("notice_id", Id, sa.ForeignKey("notices.id"), nullable=False),
    sa.Column("reported_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.Column("content", sa.LargeBinary),
    sa.Index("ix_misuse_reports_code_id", "code_id"),
    sa.Index("ix_misuse_reports_tenant_id", "tenant_id"),
    sa.Index(
        "ix_misuse_reports_open",
        "id",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)
