"""The `svarut` channel against a strict SvarUt on loopback."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.cluster import until
from tests.deliveries.conftest import Clients
from tests.deliveries.parcels import HOME, KARI, parcel
from varsling.deliveries.channels.channel import (
    Addressee,
    AwaitsConfirmation,
    Dispatched,
    Outcome,
    Parcel,
    Permanent,
    SlowDown,
    Unknown,
)
from varsling.deliveries.channels.svarut import CALL, SvarUtChannel
from varsling.domain.notice import PostalAddress
from varsling.simulators.maskinporten import MaskinportenSimulator
from varsling.simulators.serving import Fault, served
from varsling.simulators.svarut import SvarUtSimulator

ACCOUNT = UUID("0193b6f1-7e1b-4a55-8f1d-5c0a6a1f00aa")
INTEGRATION = ("b5a8f1d2-0000-4c1a-9a10-5f2d7f3c0001", "not a secret of anybody's")
OFFICE = "994672851"
Open = Callable[..., SvarUtChannel]


@pytest.fixture
def svarut(issuer: MaskinportenSimulator) -> Iterator[SvarUtSimulator]:
    simulator = SvarUtSimulator(issuer.issuer, ACCOUNT, INTEGRATION)
    with served(simulator):
        yield simulator


@pytest.fixture
def open_channel(svarut: SvarUtSimulator, clients: Clients) -> Iterator[Open]:
    with contextlib.ExitStack() as stack:

        def opened(origin: str | None = None, **changes: Any) -> SvarUtChannel:
            given = {"cost_code": "HV-0301", "integration": INTEGRATION} | changes
            url = f"{origin or svarut.origin}/api"
            channel = SvarUtChannel(url, str(ACCOUNT), given.pop("integration"), clients.client(), **given)
            return stack.enter_context(contextlib.closing(channel))

        yield opened


@pytest.fixture
def channel(open_channel: Open) -> SvarUtChannel:
    return open_channel()


def now(channel: SvarUtChannel, sent: Parcel) -> Outcome | None:
    return channel.look_up(sent.delivery_id, timedelta(seconds=5))


def later(channel: SvarUtChannel, sent: Parcel) -> Outcome | None:
    return channel.look_up(sent.delivery_id, CALL)


def test_a_letter_goes_digital_first_and_is_dispatched_when_it_is_printed(
    channel: SvarUtChannel, svarut: SvarUtSimulator
) -> None:
    sent = parcel()
    assert channel.send(sent) == AwaitsConfirmation()
    (letter,) = svarut.letters.values()
    told = [now(channel, sent) for _ in range(4)]
    assert told == [AwaitsConfirmation()] * 3 + [Dispatched(str(letter.id))]
    assert letter.files == [sent.pdf]
    assert letter.content["mottaker"] == {
        "navn": "Kari Testperson",
        "digitalId": KARI,
        "adresselinje1": "Sannergata 1 B",
        "postnummer": "0557",
        "poststed": "Oslo",
    }
    assert (letter.content["eksternReferanse"], letter.content["konteringskode"]) == (str(sent.delivery_id), "HV-0301")


@pytest.mark.parametrize(
    ("postal", "told"),
    [
        (PostalAddress(("c/o Berg", "Storgata 7"), "0155", "Oslo"), {"adresselinje2": "Storgata 7"}),
        (PostalAddress(("a", "b", "c", "d"), "0155", "Oslo"), {"adresselinje3": "c, d"}),
        (PostalAddress(("Kungsgatan 1",), "11143", "Stockholm", "SE"), {"postnummer": "11143", "land": "SE"}),
    ],
)
def test_every_line_of_an_address_is_on_the_envelope(
    channel: SvarUtChannel, svarut: SvarUtSimulator, postal: PostalAddress, told: dict[str, str]
) -> None:
    assert channel.send(parcel(to=Addressee("Kari Testperson", postal))) == AwaitsConfirmation()
    (letter,) = svarut.letters.values()
    assert told.items() <= letter.content["mottaker"].items()
    assert letter.content["kunDigitalLevering"] is False


def test_an_office_is_reached_by_its_number_alone(channel: SvarUtChannel, svarut: SvarUtSimulator) -> None:
    sent = parcel(to=Addressee("Nav Grünerløkka", organisation_number=OFFICE))
    assert channel.send(sent) == AwaitsConfirmation()
    (letter,) = svarut.letters.values()
    assert letter.content["kunDigitalLevering"] is True
    assert [now(channel, sent) for _ in range(3)][-1] == Dispatched(str(letter.id))


def test_who_has_neither_number_nor_address_is_reached_by_another_channel(channel: SvarUtChannel) -> None:
    assert channel.send(parcel(to=Addressee("Kari Testperson"))) == Permanent("no-address")


@pytest.mark.parametrize("status", ["AVVIST", "IKKE_LEVERT", "MANUELT_HANDTERT"])
def test_a_letter_that_svarut_gives_up_goes_by_another_channel(
    channel: SvarUtChannel, svarut: SvarUtSimulator, status: str
) -> None:
    svarut.ends[KARI] = status
    sent = parcel()
    channel.send(sent)
    assert [now(channel, sent), now(channel, sent)] == [
        AwaitsConfirmation(),
        Permanent(status.lower().replace("_", "-")),
    ]


def test_one_that_she_has_read_on_her_page_is_not_printed(channel: SvarUtChannel, svarut: SvarUtSimulator) -> None:
    svarut.walking = False
    sent = parcel()
    channel.send(sent)
    channel.mark_read(sent.delivery_id, KARI, datetime(2026, 11, 30, 12, tzinfo=UTC))
    (letter,) = svarut.letters.values()
    assert letter.status == "LEST"
    assert now(channel, sent) == Dispatched(str(letter.id))


class TestFaults:
    def test_a_slow_call_holds_no_worker_and_is_looked_up_when_it_has_ended(
        self, open_channel: Open, svarut: SvarUtSimulator
    ) -> None:
        channel = open_channel(patience_seconds=0.2)
        svarut.faults.append(Fault.SLOW)
        svarut.free.clear()
        sent = parcel()
        outcome = channel.send(sent)
        assert isinstance(outcome, Unknown)
        assert outcome.after is not None
        assert timedelta(minutes=15) < outcome.after <= CALL
        # No sooner than that: what SvarUt has not listed yet would be sent twice.
        assert isinstance(now(channel, sent), AwaitsConfirmation)
        svarut.free.set()
        assert channel.send(parcel()) == AwaitsConfirmation()
        until(lambda: isinstance(later(channel, sent), AwaitsConfirmation | Dispatched), "the slow call to end")
        assert sum(one.content["eksternReferanse"] == str(sent.delivery_id) for one in svarut.letters.values()) == 1

    def test_so_many_slow_calls_run_at_once_and_no_more(self, open_channel: Open, svarut: SvarUtSimulator) -> None:
        channel = open_channel(patience_seconds=0.1)
        svarut.free.clear()
        svarut.faults.extend([Fault.SLOW] * 4)
        assert all(isinstance(channel.send(parcel()), Unknown) for _ in range(4))
        assert channel.send(parcel()) == SlowDown()
        svarut.free.set()
        until(lambda: channel.send(parcel()) != SlowDown(), "a slow call to end")

    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.ERROR])
    def test_a_lost_answer_is_looked_up_after_a_quarter_of_an_hour(
        self, channel: SvarUtChannel, svarut: SvarUtSimulator, fault: Fault
    ) -> None:
        svarut.faults.append(fault)
        sent = parcel()
        outcome = channel.send(sent)
        assert isinstance(outcome, Unknown)
        assert outcome.after == CALL
        assert now(channel, sent) == AwaitsConfirmation(CALL - timedelta(seconds=5))
        assert (later(channel, sent) is None) is (fault is Fault.ERROR)

    def test_two_of_one_reference_are_one_letter(self, channel: SvarUtChannel, svarut: SvarUtSimulator) -> None:
        svarut.faults.append(Fault.TWICE)
        sent = parcel()
        channel.send(sent)
        assert len(svarut.letters) == 2
        assert isinstance([now(channel, sent) for _ in range(4)][-1], Dispatched)

    def test_one_that_svarut_forgot_is_sent_again_and_not_too_soon(
        self, channel: SvarUtChannel, svarut: SvarUtSimulator
    ) -> None:
        svarut.faults.append(Fault.FORGET)
        sent = parcel()
        assert channel.send(sent) == AwaitsConfirmation()
        assert now(channel, sent) == AwaitsConfirmation()
        assert later(channel, sent) is None

    def test_after_a_restart_nothing_is_looked_up_too_soon(self, open_channel: Open, channel: SvarUtChannel) -> None:
        sent = parcel()
        channel.send(sent)
        restarted = open_channel()
        assert now(restarted, sent) == AwaitsConfirmation(CALL - timedelta(seconds=5))
        assert isinstance(later(restarted, sent), AwaitsConfirmation)

    @pytest.mark.parametrize(
        ("fault", "outcome"), [(Fault.BUSY, SlowDown()), (Fault.TOO_MANY, SlowDown(timedelta(seconds=1)))]
    )
    def test_a_busy_svarut(
        self, channel: SvarUtChannel, svarut: SvarUtSimulator, fault: Fault, outcome: Outcome
    ) -> None:
        svarut.faults.append(fault)
        assert channel.send(parcel()) == outcome
        assert svarut.letters == {}

    def test_without_our_rights_no_letter_is_given_up(self, open_channel: Open, svarut: SvarUtSimulator) -> None:
        assert open_channel(integration=("somebody", "else")).send(parcel()) == SlowDown()
        assert open_channel("http://127.0.0.1:9").send(parcel()) == SlowDown()
        assert svarut.letters == {}

    def test_a_letter_that_svarut_refuses_goes_by_another_channel(self, channel: SvarUtChannel) -> None:
        assert channel.send(parcel(pdf=b"no PDF")) == Permanent("status-400")
        no_code = PostalAddress(HOME.lines, "", "Oslo")
        assert channel.send(parcel(to=Addressee("Kari Testperson", no_code))) == Permanent("status-400")
