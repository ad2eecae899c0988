"""Writers of several processes over one database."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from varsling.database.clock import Clock
from varsling.database.engine import create_engine
from varsling.database.writer import Writer


@pytest.fixture
def new_writer(engine: sa.Engine) -> Iterator[Callable[[], Writer]]:
    made: list[tuple[Writer, sa.Engine]] = []

    def make() -> Writer:
        own = create_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
        writer = Writer(own, Clock())
        made.append((writer, own))
        writer.start()
        return writer

    yield make
    for writer, own in made:
        writer.stop()
        own.dispose()


@pytest.fixture
def writer(new_writer: Callable[[], Writer]) -> Writer:
    return new_writer()
