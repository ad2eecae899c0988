"""A login at an OpenID provider that is not ours, which checks the request by its own reading of the standards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.idporten.provider import RealProvider, way_back
from tests.maskinporten.issuer import signing_keys
from tests.notices.scenario import KARI, Scenario
from tests.service import Service
from tests.tenant_page.conftest import Reader, code_of
from varsling.maskinporten.service import SigningKeys
from varsling.simulators.serving import served

CLIENT = "tenant-portal-client"
REDIRECT = "http://varsel.example/t/login"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    return signing_keys(tmp_path)


def log_in(new_service: Callable[..., Service], keys: SigningKeys, registered: Any, tmp_path: Path) -> httpx.Response:
    """Log in as Kari with her letter's code. Gives the page that she comes back to, or does not leave."""
    provider = RealProvider(CLIENT, registered, REDIRECT, KARI)
    with served(provider) as origin:
        scenario = Scenario.with_grant(
            new_service(
                idporten_issuer=origin,
                idporten_client_id=CLIENT,
                maskinporten_key_file=tmp_path / "maskinporten.json",
                public_url="http://varsel.example",
            )
        )
        scenario.send()
        scenario.work()
        reader = Reader(scenario.service)
        sent_off = reader.client.get(f"/t/{code_of(scenario)}/login")
        if sent_off.status_code != 303:
            return sent_off
        back = httpx.get(sent_off.headers["Location"]).headers["Location"]
        return reader.client.get(way_back(back))


def test_she_logs_in_there_too(new_service: Callable[..., Service], keys: SigningKeys, tmp_path: Path) -> None:
    page = log_in(new_service, keys, keys.public(), tmp_path)
    assert (page.status_code, "Du er logget inn" in page.text) == (200, True)


def test_with_a_key_that_is_not_registered_nobody_gets_there(
    new_service: Callable[..., Service], keys: SigningKeys, tmp_path: Path
) -> None:
    other = SigningKeys(tmp_path / "other.json")
    other.add()
    page = log_in(new_service, keys, other.public(), tmp_path)
    assert (page.status_code, "ID-porten svarer ikke" in page.text) == (503, True)
