"""The hash chain of a stream: each hash covers the one before it, so a reader can prove that nothing is missing."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

FIRST_HASH = "0" * 64
"""The hash before a stream's first event."""


def link(previous: str, event: Mapping[str, Any]) -> str:
    """Compute hex SHA-256 of the previous hash (its 64 characters) and the event without its hash (RFC 8785)."""
    return hashlib.sha256(previous.encode() + rfc8785.dumps(dict(event))).hexdigest()
