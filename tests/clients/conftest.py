"""The world of a generated client: a service with a landlord's and an office's tokens, and notices to send."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.notices.scenario import Scenario, tenant
from tests.service import Service

FILE = Path(__file__).parents[2] / "openapi" / "varsling.json"


@dataclass(frozen=True, slots=True)
class Round:
    """What a client needs for a round, and the scenario that plays the rest of the world."""

    scenario: Scenario
    notice: dict[str, Any]
    other: dict[str, Any]

    @property
    def url(self) -> str:
        return self.scenario.service.url

    @property
    def landlord_token(self) -> str:
        return self.scenario.landlord.headers["Authorization"].removeprefix("Bearer ")

    @property
    def office_token(self) -> str:
        return self.scenario.nav.headers["Authorization"].removeprefix("Bearer ")

    def as_json(self) -> str:
        return json.dumps(
            {
                "url": self.url,
                "landlordToken": self.landlord_token,
                "officeToken": self.office_token,
                "notice": self.notice,
                "other": self.other,
                "today": self.scenario.today.isoformat(),
            }
        )


@pytest.fixture
def round_of(new_service: Callable[..., Service]) -> Round:
    scenario = Scenario.with_grant(new_service())
    other = scenario.body(tenant("Ola Prøvesen", birth_date="1980-02-03"), reference="ROUND-2")
    other["lease"]["reference"] = "K-1045"
    return Round(scenario, scenario.body(reference="ROUND-1"), other)
