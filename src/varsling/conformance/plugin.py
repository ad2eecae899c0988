"""A pytest plugin: `varsling_conformance` is the conformance server, for the tests of an integration's own client.

It is loaded with every run of pytest beside which varsling is installed, so it imports nothing else before it is used.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from varsling.conformance.server import Conformance
    from varsling.conformance.world import Pace


@pytest.fixture
def varsling_conformance_pace() -> "Pace":
    """How long the steps take; override it for another pace."""
    from varsling.conformance.world import Pace  # noqa: PLC0415  (see above)

    return Pace()


@pytest.fixture
def varsling_conformance(varsling_conformance_pace: "Pace") -> "Iterator[Conformance]":
    """A stream that repeats, delays, shortens and loses answers."""
    from varsling.conformance.server import serving  # noqa: PLC0415  (see above)

    with serving(varsling_conformance_pace) as server:
        yield server
