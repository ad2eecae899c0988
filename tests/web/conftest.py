"""Shared by the tests of the HTTP side."""

import pytest


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: the features' tests cover the differences."""
    return sqlite_url
