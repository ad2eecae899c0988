"""Callers: their tokens and principals, the scopes that routes require, and idempotency keys."""
