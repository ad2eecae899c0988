"""The `altinn` channel against a strict Altinn on loopback: what it sends, and what it makes of each answer."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from tests.deliveries.conftest import Clients
from tests.deliveries.parcels import KARI, parcel
from tests.maskinporten.issuer import CLIENT_ID
from varsling.deliveries.channels.altinn import AltinnChannel
from varsling.deliveries.channels.channel import (
    Addressee,
    AwaitsConfirmation,
    Dispatched,
    Outcome,
    Parcel,
    Permanent,
    Retry,
    SlowDown,
    Unknown,
)
from varsling.deliveries.store import DeliveryKind
from varsling.domain.identity import parse_national_id
from varsling.letters.content import Language
from varsling.simulators.altinn import AltinnSimulator
from varsling.simulators.maskinporten import MaskinportenSimulator
from varsling.simulators.serving import Fault, served

RESOURCE = "varsling-kopi"
OFFICE = "994672851"


@pytest.fixture
def altinn(issuer: MaskinportenSimulator) -> Iterator[AltinnSimulator]:
    simulator = AltinnSimulator(issuer.issuer, RESOURCE)
    with served(simulator):
        yield simulator
    assert simulator.touched == []  # a message is read and confirmed by its reader alone


Open = Callable[..., AltinnChannel]


@pytest.fixture
def open_channel(clients: Clients) -> Iterator[Open]:
    with contextlib.ExitStack() as stack:

        def opened(origin: str, resource: str = RESOURCE, client: str = CLIENT_ID) -> AltinnChannel:
            channel = AltinnChannel(origin, resource, clients.client(client))
            return stack.enter_context(contextlib.closing(channel))

        yield opened


@pytest.fixture
def channel(altinn: AltinnSimulator, open_channel: Open) -> AltinnChannel:
    return open_channel(altinn.origin)


def now(channel: AltinnChannel, sent: Parcel) -> Outcome | None:
    return channel.look_up(sent.delivery_id, timedelta())


def test_a_letter_is_dispatched_when_it_is_published(channel: AltinnChannel, altinn: AltinnSimulator) -> None:
    altinn.publishing = False
    sent = parcel()
    assert channel.send(sent) == AwaitsConfirmation()
    assert now(channel, sent) == AwaitsConfirmation()
    altinn.publishing = True
    (message,) = altinn.messages.values()
    assert now(channel, sent) == Dispatched(str(message.id))
    assert message.pdf == sent.pdf
    assert message.fields["Recipients[0]"] == f"urn:altinn:person:identifier-no:{KARI}"
    assert {UUID(message.fields["IdempotentKey"]), UUID(message.reference)} == {sent.delivery_id}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", [DeliveryKind.COPY, DeliveryKind.SECOND])
def test_what_announces_the_letter_says_nothing_of_it(
    channel: AltinnChannel, altinn: AltinnSimulator, language: Language, kind: DeliveryKind
) -> None:
    assert channel.send(parcel(language=language.value, kind=kind)) == AwaitsConfirmation()
    (message,) = altinn.messages.values()
    notification = {name: text for name, text in message.fields.items() if ".Notification." in name}
    assert notification["Correspondence.Notification.NotificationChannel"] == "EmailAndSms"
    words = " ".join(notification.values()).lower()
    telling = ("leie", "rent", "nav", "kari", "abcd", "varsel.example")
    assert not [word for word in telling if word in words]
    # Only behind her login: the way to her page, and not the code in it.
    body = message.fields["Correspondence.Content.MessageBody"]
    assert ("https://varsel.example/t" in body) is (kind is DeliveryKind.COPY)
    assert "ABCDEFGH" not in str(message.fields)


def test_an_office_gets_it_by_its_number_and_in_confidence(channel: AltinnChannel, altinn: AltinnSimulator) -> None:
    to = Addressee("Nav Grünerløkka", organisation_number=OFFICE)
    assert channel.send(parcel(to=to, kind=DeliveryKind.OFFICE)) == AwaitsConfirmation()
    (message,) = altinn.messages.values()
    assert message.fields["Recipients[0]"] == f"urn:altinn:organization:identifier-no:{OFFICE}"
    assert message.fields["Correspondence.IsConfidential"] == "true"


def test_who_has_no_number_is_reached_by_another_channel(channel: AltinnChannel, altinn: AltinnSimulator) -> None:
    assert channel.send(parcel(to=Addressee("Kari Testperson"))) == Permanent("no-number")
    assert altinn.calls == []


NEW_NUMBER = "01819000057"


def test_a_number_that_only_the_rule_of_2032_makes_goes_by_another_channel(channel: AltinnChannel) -> None:
    """Altinn checks by the old one: INTEGRATIONS § 7.1."""
    to = Addressee("Kari Testperson", national_id=NEW_NUMBER)
    assert parse_national_id(NEW_NUMBER).number == NEW_NUMBER
    assert channel.send(parcel(to=to)) == Permanent("status-400")


@pytest.mark.parametrize(
    ("fate", "outcome"),
    [
        ("reserved", Permanent("reserved")),
        ("unknown", Permanent("unknown-party")),
        ("failing", Retry("altinn-1032")),
        ("without_contact", AwaitsConfirmation()),
    ],
)
def test_each_fate_of_a_reader(channel: AltinnChannel, altinn: AltinnSimulator, fate: str, outcome: Outcome) -> None:
    getattr(altinn.register, fate).add(KARI)
    assert channel.send(parcel()) == outcome


def test_a_message_that_cannot_be_published_goes_by_another_channel(
    channel: AltinnChannel, altinn: AltinnSimulator
) -> None:
    altinn.register.never_published.add(KARI)
    sent = parcel()
    assert channel.send(sent) == AwaitsConfirmation()
    assert now(channel, sent) == Permanent("publish-failed")


class TestFaults:
    """No letter is lost, and none is sent twice."""

    def test_a_lost_answer_is_looked_up(self, channel: AltinnChannel, altinn: AltinnSimulator) -> None:
        altinn.faults.append(Fault.DROP)
        sent = parcel()
        assert isinstance(channel.send(sent), Unknown)
        assert isinstance(now(channel, sent), Dispatched)
        assert len(altinn.messages) == 1

    def test_the_same_letter_again_is_adopted(self, channel: AltinnChannel, altinn: AltinnSimulator) -> None:
        sent = parcel()
        channel.send(sent)
        assert isinstance(channel.send(sent), Dispatched)
        assert len(altinn.messages) == 1

    def test_one_that_altinn_has_and_does_not_find_is_never_sent_under_another_key(
        self, channel: AltinnChannel, altinn: AltinnSimulator
    ) -> None:
        sent = parcel()
        channel.send(sent)
        altinn.messages.clear()
        assert channel.send(sent) == Unknown("duplicate-not-found")
        assert altinn.messages == {}

    def test_one_that_altinn_forgot_is_sent_again(self, channel: AltinnChannel, altinn: AltinnSimulator) -> None:
        altinn.faults.append(Fault.FORGET)
        sent = parcel()
        assert channel.send(sent) == AwaitsConfirmation()
        assert now(channel, sent) is None
        assert channel.send(sent) == AwaitsConfirmation()

    @pytest.mark.parametrize(
        ("fault", "outcome"),
        [
            (Fault.ERROR, Unknown("status-500")),
            (Fault.BUSY, SlowDown()),
            (Fault.TOO_MANY, SlowDown(timedelta(seconds=1))),
        ],
    )
    def test_an_outage(self, channel: AltinnChannel, altinn: AltinnSimulator, fault: Fault, outcome: Outcome) -> None:
        altinn.faults.append(fault)
        sent = parcel()
        assert channel.send(sent) == outcome
        assert now(channel, sent) is None

    def test_an_altinn_that_is_not_there(self, open_channel: Open) -> None:
        nobody = open_channel("http://127.0.0.1:9")
        assert nobody.send(parcel()) == SlowDown()
        assert now(nobody, parcel()) == SlowDown()

    def test_a_token_that_is_refused_is_exchanged_anew(self, channel: AltinnChannel, altinn: AltinnSimulator) -> None:
        channel.send(parcel())
        altinn.forget_logins()
        assert channel.send(parcel()) == AwaitsConfirmation()
        assert len(altinn.messages) == 2

    def test_without_our_rights_nothing_is_sent_and_no_letter_given_up(
        self, altinn: AltinnSimulator, open_channel: Open
    ) -> None:
        assert open_channel(altinn.origin, resource="somebody-s").send(parcel()) == SlowDown()
        assert open_channel(altinn.origin, client="nobody").send(parcel()) == SlowDown()
        assert altinn.messages == {}


def test_whether_she_has_opened_it(channel: AltinnChannel, altinn: AltinnSimulator) -> None:
    sent = parcel()
    channel.send(sent)
    assert channel.opened(sent.delivery_id) is False
    altinn.open(str(sent.delivery_id))
    assert channel.opened(sent.delivery_id) is True
    assert isinstance(now(channel, sent), Dispatched)
