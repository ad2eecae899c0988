"""A notice whose copies go to inboxes at Altinn: from the landlord's call to publication."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dispatch.notices import KARI, NAV, OLA, accept, body, deliveries_of, events_of, grant, later, sheets, stored
from tests.dispatch.systems import altinn_with_settings
from tests.notices.scenario import KARI as KARIS_NUMBER
from varsling.context import Context
from varsling.domain.lifecycle import CopyStatus, NoticeStatus
from varsling.simulators.altinn import AltinnSimulator
from varsling.worker import run_until_idle

WITH_NUMBER = {name: value for name, value in KARI.items() if name != "birth_date"} | {"national_id": KARIS_NUMBER}


@pytest.fixture
def altinn(tmp_path: Path) -> Iterator[tuple[AltinnSimulator, dict[str, Any]]]:
    """An Altinn, and the settings of a service that uses it first, and a printer's folder then."""
    with altinn_with_settings(tmp_path) as (simulator, settings):
        yield simulator, settings | {"unopened": 0}


def test_a_notice_is_published_when_every_copy_is(
    altinn: tuple[AltinnSimulator, dict[str, Any]], new_context: Callable[..., Context], letters: Path
) -> None:
    simulator, settings = altinn
    context = new_context(**settings)
    grant(context)
    simulator.publishing = False
    (notice_id,) = accept(context, body(tenants=[WITH_NUMBER, OLA]))
    run_until_idle(context)
    assert len(simulator.messages) == 1
    assert len(sheets(letters)) == 1  # Ola has no number
    assert events_of(context, NAV) == []
    simulator.publishing = True
    later(context, seconds=60)
    run_until_idle(context)
    copies = deliveries_of(context, notice_id)
    assert {(one.channel, one.status) for one in copies} == {
        ("altinn", CopyStatus.DISPATCHED),
        ("folder", CopyStatus.DISPATCHED),
    }
    assert {one.confirmation for one in copies} == {None, str(next(iter(simulator.messages)))}
    assert stored(context, notice_id).status is NoticeStatus.SENT
    assert events_of(context, NAV) == ["notice.sent"]
