"""A context over each kind of database, with a folder for letters."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dispatch.notices import settings_for
from tests.notices.bodies import START, move_clock_to
from varsling.context import Context, close, open_context


@pytest.fixture
def new_context(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Context]]:
    """Opens contexts, each with engines and a writer of its own, as in separate processes."""
    opened: list[Context] = []

    def open_one(**changes: Any) -> Context:
        opened.append(open_context(settings_for(database_url, tmp_path, **changes)))
        if len(opened) == 1:
            move_clock_to(opened[0].engine, START)
        return opened[-1]

    yield open_one
    for context in opened:
        close(context)


@pytest.fixture
def context(new_context: Callable[..., Context]) -> Context:
    return new_context()


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return tmp_path / "letters"
