"""The hash chain of a stream: each hash holds the one before it, so that a reader can prove that nothing is missing."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

FIRST_HASH = "0" * 64
"""What stands before a stream's first event."""


def link(previous: str, event: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the previous hash (its 64 characters), then the RFC 8785 form of the event without its hash."""
    return hashlib.sha256(previous.encode() + rfc8785.dumps(dict(event))).hexdigest()
