"""The row of each landlord."""

import sqlalchemy as sa

from varsling.database.types import Instant, metadata

# Made at the first mention of the landlord. A transaction that changes anything of a landlord locks its row first
# (DESIGN § 4). The key is the organisation number, or a blind index for a person: two landlords with one key are one.
landlords = sa.Table(
    "landlords",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    # When an operator stopped the landlord from sending notices (`varsling landlords suspend`).
    sa.Column("suspended_at", Instant),
)
