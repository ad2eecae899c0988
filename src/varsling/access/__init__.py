"""Who calls: tokens, principals, the table that says which scope a route wants, and idempotency keys."""
