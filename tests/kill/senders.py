"""Landlords' systems that keep sending through every kill and note the promise of each 2xx."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from varsling.client.api import Api, ApiRefused, ApiUnreachable
from varsling.demo.samples import LANDLORD, samples, synthetic_number

SENDERS = 3
# Enough that every process always has work, and little enough that the letters are written by the end.
PACE_SECONDS = 0.3
# One tenant in Oslo; two in Bergen; a municipality with an unknown office, where the notice is held for a person.
_SAMPLES = (0, 1, 0, 1, 0, 5)
_RESERVES_EACH = 5


@dataclass
class Promises:
    """Each reference with the ids that its calls were answered with: exactly one, if all is well."""

    notices: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    reservations: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tenants: dict[str, list[str]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


@dataclass
class Sender:
    """Sends notice after notice, each until its 2xx, and then again like a caller that lost the answer."""

    urls: Sequence[str]
    token: str
    name: str
    stop: threading.Event = field(default_factory=threading.Event)
    abandoned: bool = False
    promises: Promises = field(default_factory=Promises)

    def run(self) -> None:
        number = 0
        with ExitStack() as stack:
            apis = [stack.enter_context(Api(url, self.token, wait=self._pause)) for url in self.urls]
            while not self.stop.is_set():
                number += 1
                self._notify(apis, number)
                apis.reverse()
                self.stop.wait(PACE_SECONDS)

    def _pause(self, seconds: float) -> None:
        """Wait a short time between tries: a process is away for seconds at a time, and comes back."""
        self.stop.wait(min(seconds, 0.2))

    def _notify(self, apis: Sequence[Api], number: int) -> None:
        name, sample = f"{self.name}-{number}", _SAMPLES[number % len(_SAMPLES)]
        body = notice(name, number, sample)
        if sample == _SAMPLES[-1]:
            self.promises.held.add(body["reference"])
        self.promises.tenants[body["reference"]] = [tenant["name"] for tenant in body["tenants"]]
        self._twice(apis, "/v1/notices", body, self.promises.notices[body["reference"]])
        if number % _RESERVES_EACH == 0:
            ids = self.promises.reservations[body["reference"]]
            self._twice(apis, "/v1/reservations", reservation(body), ids)

    def _twice(self, apis: Sequence[Api], path: str, body: dict[str, Any], ids: set[str]) -> None:
        """Make the call, and then the same call to the other process."""
        for api in apis:
            try:
                ids.add(self._until_answered([api, *apis], path, body)["id"])
            except ApiRefused as refused:
                self.promises.refused.append(f"{path} {refused.status} {refused.problem.get('code')}")

    def _until_answered(self, apis: Sequence[Api], path: str, body: dict[str, Any]) -> dict[str, Any]:
        while not self.abandoned:
            for api in apis:
                try:
                    return api.post(path, body)
                except ApiUnreachable:
                    continue
        raise TimeoutError


def notice(name: str, number: int, sample: int) -> dict[str, Any]:
    """A sample notice with a lease and tenants that no other notice has."""
    body = samples(date.today())[sample].notice  # noqa: DTZ011  (any day near today will do)
    day = number * SENDERS + "abc".index(name[0])
    people = [_person(day, place) for place in range(len(body["tenants"]))]
    return body | {"reference": f"R-{name}", "lease": body["lease"] | {"reference": f"L-{name}"}, "tenants": people}


def _person(day: int, place: int) -> dict[str, Any]:
    """A person whom a channel can reach: by number at Altinn, by e-mail, or by post alone."""
    born, name = date(1930 + 30 * place, 1, 1) + timedelta(days=day), f"Prøve Leier{_letters(day)}{'xyz'[place]}"
    match (day // SENDERS + place) % 3:
        case 0:
            return {"name": name, "national_id": synthetic_number(born, 0)}
        case 1:
            return {"name": name, "birth_date": f"{born}", "email": f"leier.{day}.{place}@mail.example"}
        case _:
            return {"name": name, "birth_date": f"{born}"}


def _letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def reservation(body: dict[str, Any]) -> dict[str, Any]:
    """Reserve for the first tenant of the notice."""
    return {
        "landlord": {"organisation_number": LANDLORD},
        "lease": {"reference": body["lease"]["reference"]},
        "tenant": {name: value for name, value in body["tenants"][0].items() if name != "email"},
        "received_on": f"{date.today()}",  # noqa: DTZ011  (as above)
        "form": "letter",
    }
