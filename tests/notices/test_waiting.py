"""What a notice waits for that lacks a reader at its office, and who sees it."""

from tests.dispatch.channels import ListChannel, dispatcher, work
from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.deliveries.channels.channel import Dispatched, Outcome, Parcel, Permanent, Unknown
from varsling.deliveries.service import DeliveryKind
from varsling.notices.service import held_notices, sweep


def letters_to_offices(scenario: Scenario, outcome: Outcome) -> None:
    """Let the worker send all, through a channel that brings copies and does otherwise with letters to offices."""

    def answer(parcel: Parcel) -> Outcome:
        return outcome if parcel.kind is DeliveryKind.OFFICE else Dispatched()

    work(dispatcher(scenario.context, ListChannel(answer=answer)))


def test_an_operator_sees_it_whose_letter_no_channel_could_bring(service: Service) -> None:
    scenario = Scenario(service)
    notice = scenario.send()
    letters_to_offices(scenario, Permanent("no-such-office"))
    assert scenario.read(notice["id"])["status"] == "accepted"
    assert [(str(one.id), one.held_for) for one in held_notices(scenario.context)] == [(notice["id"], "integration")]


def test_and_not_it_whose_letter_is_on_its_way(service: Service) -> None:
    scenario = Scenario(service)
    scenario.send()
    scenario.step()
    assert scenario.letters("office") == []
    assert held_notices(scenario.context) == []


def test_an_integration_gets_it_after_all(service: Service) -> None:
    """The letter never went: it is no reason to wait on."""
    scenario = Scenario(service)
    scenario.send()
    letters_to_offices(scenario, Permanent("no-such-office"))
    scenario.grant()
    sweep(scenario.context)
    assert scenario.types() == ["notice.sent"]


def test_but_not_while_its_office_may_have_the_letter(service: Service) -> None:
    scenario = Scenario(service)
    scenario.send()
    letters_to_offices(scenario, Unknown())
    scenario.grant()
    sweep(scenario.context)
    assert scenario.types() == []
