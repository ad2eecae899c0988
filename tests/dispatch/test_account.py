"""Each channel against each fault of the system behind it: the account of copies, sent, twice and lost.

None is lost, and none goes out twice but where nobody can tell: an e-mail whose answer broke off, and a call that the
network itself repeated to a system that has no idempotency key.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests.dispatch.notices import accept, body, deliveries_of, grant, later, sheets
from tests.kill.ways import arrivals
from tests.maskinporten.issuer import signing_keys
from tests.service import settings_of
from varsling.context import Context
from varsling.deliveries.service import Delivery
from varsling.demo.outside import Outside, played
from varsling.demo.samples import synthetic_number
from varsling.domain.lifecycle import CopyStatus
from varsling.simulators.serving import Fault
from varsling.simulators.smtp import MailFault
from varsling.worker import run_until_idle

NOTICES = 3
FAULTY_CALLS = 2
ROUNDS = 36  # of ten minutes: e-mail goes until 20 o'clock

_HTTP = [fault for fault in Fault if fault is not Fault.SLOW]
CASES = [
    *(("altinn", fault.value) for fault in _HTTP),
    *(("svarut", fault.value) for fault in _HTTP),
    *(("smtp", fault.value) for fault in MailFault if fault is not MailFault.SLOW),
    ("print", "away"),
    ("print", "refused"),
]
TWICE = {("smtp", "drop"): FAULTY_CALLS, ("svarut", "twice"): FAULTY_CALLS}


def spoil(outside: Outside, channel: str, fault: str) -> None:
    match channel:
        case "altinn":
            outside.altinn.faults.extend([Fault(fault)] * FAULTY_CALLS)
        case "svarut":
            outside.svarut.faults.extend([Fault(fault)] * FAULTY_CALLS)
        case "smtp":
            outside.mail.faults.extend([MailFault(fault)] * FAULTY_CALLS)
        case _:
            outside.house.refuses = FAULTY_CALLS if fault == "refused" else 0


def met(outside: Outside, channel: str) -> bool:
    """Tell whether every fault came up."""
    waiting = {"altinn": outside.altinn.faults, "svarut": outside.svarut.faults, "smtp": outside.mail.faults}
    return not waiting.get(channel) and not outside.house.refuses


@contextmanager
def disk_away(outside: Outside, channel: str, fault: str) -> Iterator[Callable[[], None]]:
    """Take the house's disk away, where that is the fault. Gives what brings it back."""
    letters, away = outside.house.folder / "letters", outside.house.folder / "away"
    if (channel, fault) == ("print", "away"):
        letters.rename(away)

    def back() -> None:
        if away.exists():
            away.rename(letters)

    yield back


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("channel", "fault"), CASES)
def test_no_copy_is_lost(
    new_context: Callable[..., Context],
    tmp_path: Path,
    letters: Path,
    channel: str,
    fault: str,
    record_property: Callable[[str, object], None],
) -> None:
    signing_keys(tmp_path)
    keys = tmp_path / "maskinporten.json"
    outer = settings_of(f"sqlite:///{tmp_path}/outer.db", tmp_path, maskinporten_key_file=keys)
    with played(outer, "http://varsel.example") as outside:
        given = {name.removeprefix("VARSLING_").lower(): value for name, value in outside.environment.items()}
        context = new_context(
            **given | {"copy_channels": [channel, "folder"], "office_channels": [], "maskinporten_key_file": keys}
        )
        grant(context)
        spoil(outside, channel, fault)
        with disk_away(outside, channel, fault) as mend:
            ids = accept(context, *(body(f"{number}", [tenant(number)]) for number in range(NOTICES)))
            for _ in range(ROUNDS):
                run_until_idle(context)
                if all_out(context, ids):
                    break
                later(context, seconds=600)
                mend()
            # What is out goes no second time an hour later.
            later(context, seconds=3600)
            run_until_idle(context)
        copies = copies_of(context, ids)
        arrived = arrivals(outside)
        assert met(outside, channel)
    printed = sheets(letters)
    total = [arrived.get(one.id, Counter()).total() + (str(one.id) in printed) for one in copies]
    assert {one.status for one in copies} == {CopyStatus.DISPATCHED}
    assert all(total), "lost"
    twice = sum(total) - len(copies)
    assert twice == TWICE.get((channel, fault), 0)
    elsewhere = sum(one.channel != channel for one in copies)
    record_property(
        "account", f"{channel}, {fault}: {len(copies)} sent ({elsewhere} by the next), {twice} twice, 0 lost"
    )


def copies_of(context: Context, ids: list[UUID]) -> list[Delivery]:
    return [one for notice_id in ids for one in deliveries_of(context, notice_id)]


def all_out(context: Context, ids: list[UUID]) -> bool:
    return all(one.status is not CopyStatus.QUEUED for one in copies_of(context, ids))


def tenant(number: int) -> dict[str, object]:
    born = date(1970, 1, 1) + timedelta(days=number)
    name = f"Leier Prøvesen{'abc'[number]}"
    return {"name": name, "national_id": synthetic_number(born, 0), "email": f"leier{number}@mail.example"}
