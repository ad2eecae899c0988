"""What the tests of the HTTP side share."""

import pytest


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The HTTP side is the same over both databases; what differs is tested with the features."""
    return sqlite_url
