"""Tokens from Maskinporten: fetched once, kept until they run out, and refused with what to do about it."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from joserfc import jws

from tests.maskinporten.conftest import UNGRANTED
from tests.maskinporten.issuer import CLIENT_ID, OTHER_SCOPE, SCOPE, registered
from varsling.maskinporten.service import Maskinporten, SigningKeys, TokenNotGiven
from varsling.simulators.maskinporten import MaskinportenSimulator
from varsling.simulators.serving import Fault


def fetches(simulator: MaskinportenSimulator) -> int:
    return sum(call.path == "/token" for call in simulator.calls)


def refusal(call: Callable[[], object]) -> TokenNotGiven:
    with pytest.raises(TokenNotGiven) as raised:
        call()
    return raised.value


def test_a_token_has_the_scope_and_is_kept(maskinporten: Maskinporten, simulator: MaskinportenSimulator) -> None:
    token = maskinporten.token(SCOPE)
    claims = json.loads(jws.extract_compact(token.encode()).payload)
    assert (claims["scope"], claims["client_id"]) == (SCOPE, CLIENT_ID)
    assert claims["consumer"]["ID"] == "0192:311758489"
    assert maskinporten.token(SCOPE) == token
    assert maskinporten.token(OTHER_SCOPE) != token
    assert fetches(simulator) == 2
    maskinporten.forget(SCOPE)
    assert maskinporten.token(SCOPE) != token


def test_a_token_that_is_about_to_run_out_is_not_given(
    maskinporten: Maskinporten, simulator: MaskinportenSimulator
) -> None:
    simulator.lifetime = 10
    assert maskinporten.token(SCOPE) != maskinporten.token(SCOPE)
    simulator.lifetime = 60
    assert maskinporten.token(SCOPE) == maskinporten.token(SCOPE)


def test_the_key_is_read_again_only_when_its_file_was_written(keys: SigningKeys) -> None:
    """Reading it checks its arithmetic, which holds every other thread for a tenth of a second."""
    first = keys.current()
    assert keys.current() is first
    made = keys.add()
    keys.use(str(made["kid"]))
    assert keys.current().key_id == made["kid"]


def test_many_threads_cause_one_fetch(maskinporten: Maskinporten, simulator: MaskinportenSimulator) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: maskinporten.token(SCOPE), range(32)))
    assert len(tokens) == 1
    assert fetches(simulator) == 1


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.BUSY, Fault.TOO_MANY, Fault.DROP])
def test_a_fetch_that_fails_is_tried_once_more_with_a_new_grant(
    maskinporten: Maskinporten, simulator: MaskinportenSimulator, fault: Fault
) -> None:
    simulator.faults.append(fault)  # the dropped one was taken: its grant would be refused a second time
    assert maskinporten.token(SCOPE)
    assert fetches(simulator) == 2
    simulator.faults.extend([fault, fault])
    maskinporten.forget(SCOPE)
    failure = refusal(lambda: maskinporten.token(SCOPE))
    assert failure.passing
    assert "does not answer" in failure.remedy
    assert maskinporten.token(SCOPE)


class TestRefusals:
    """Each tells what to do, is not tried again by itself, and says nothing of the grant."""

    def test_a_scope_that_is_not_on_the_client(self, maskinporten: Maskinporten) -> None:
        self.told(lambda: maskinporten.token("nav:else"), "MP-200", "add it there")

    def test_a_scope_that_its_owner_has_not_granted(self, maskinporten: Maskinporten) -> None:
        self.told(lambda: maskinporten.token(UNGRANTED), "MP-250", "ask the owner")

    def test_an_unknown_client(self, simulator: MaskinportenSimulator, keys: SigningKeys) -> None:
        stranger = Maskinporten(simulator.issuer, "another", keys)
        self.told(lambda: stranger.token(SCOPE), "MP-100", "VARSLING_MASKINPORTEN_CLIENT_ID")
        stranger.close()

    def test_a_key_that_is_not_registered(
        self, maskinporten: Maskinporten, simulator: MaskinportenSimulator, keys: SigningKeys
    ) -> None:
        keys.use(keys.add()["kid"])
        self.told(lambda: maskinporten.token(SCOPE), "MP-100", "varsling keys maskinporten show")
        simulator.clients[CLIENT_ID].keys = registered(keys)
        assert maskinporten.token(SCOPE)

    def test_another_key_under_its_id(
        self, maskinporten: Maskinporten, simulator: MaskinportenSimulator, keys: SigningKeys
    ) -> None:
        (known,) = registered(keys)
        keys.add()
        others = [key for key_id, key in registered(keys).items() if key_id != known]
        simulator.clients[CLIENT_ID].keys = {known: others[0]}
        self.told(lambda: maskinporten.token(SCOPE), "MP-124", "another key")

    def test_a_key_whose_year_is_over(
        self, maskinporten: Maskinporten, simulator: MaskinportenSimulator, keys: SigningKeys
    ) -> None:
        simulator.clients[CLIENT_ID].expired_keys.update(registered(keys))
        self.told(lambda: maskinporten.token(SCOPE), "MP-121", "varsling keys maskinporten new")

    @pytest.mark.parametrize("ahead", [-15, 15, 3600])
    def test_a_clock_that_is_wrong(
        self, maskinporten: Maskinporten, simulator: MaskinportenSimulator, ahead: int
    ) -> None:
        simulator.clock_offset = ahead
        failure = refusal(lambda: maskinporten.token(SCOPE))
        assert failure.code == "clock"
        (told,) = re.findall(r"about (-?\d+) s off", failure.remedy)
        assert abs(int(told) + ahead) <= 2

    def test_an_issuer_without_its_slash(self, simulator: MaskinportenSimulator, keys: SigningKeys) -> None:
        client = Maskinporten(simulator.origin, CLIENT_ID, keys)
        self.told(lambda: client.token(SCOPE), "metadata", "slash included")
        client.close()

    def test_an_issuer_that_is_not_there(self, keys: SigningKeys) -> None:
        client = Maskinporten("http://127.0.0.1:9/", CLIENT_ID, keys)
        assert refusal(lambda: client.token(SCOPE)).passing
        client.close()

    @staticmethod
    def told(call: Callable[[], object], code: str, part: str) -> None:
        failure = refusal(call)
        assert failure.code == code
        assert part in failure.remedy
        assert not failure.passing


def test_the_metadata_are_read_once_a_day(maskinporten: Maskinporten, simulator: MaskinportenSimulator) -> None:
    for scope in (SCOPE, OTHER_SCOPE):
        maskinporten.token(scope)
    assert sum(call.path.startswith("/.well-known") for call in simulator.calls) == 1
    with time_machine.travel(0, tick=False):  # the wall clock is not what counts
        simulator.clock_offset = -simulator.now()
        maskinporten.forget(SCOPE)
        assert maskinporten.token(SCOPE)
    assert sum(call.path.startswith("/.well-known") for call in simulator.calls) == 1
