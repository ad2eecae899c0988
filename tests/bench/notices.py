"""Notices as landlords' systems send them: each of a landlord and a lease of its own, a third with two tenants."""

import json
import random
import struct
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from varsling.domain.dates import oslo_date
from varsling.domain.synthetic import TEST_PERSONS
from varsling.notices.schemas.examples import NOTICE

AGENT = "313367002"
_CONTROL = (3, 2, 7, 6, 5, 4, 3, 2)
_FIRST, _SECOND, _DIGITS = (3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11
_FAMILIES = ("Prøve", "Test", "Eksempel", "Mønster", "Øvelse", "Utkast")
_GIVEN = ("Ane", "Bo Emil", "Cecilie", "Dag", "Eva Marie", "Finn", "Gro", "Hans Petter")
_EVERY_THIRD = 3

_numbers = count()
_chance = random.Random(11)


def organisations() -> Iterator[str]:
    """Give organisation numbers of the test series, each once."""
    for base in count(31_100_000):
        digits = f"{base}"
        rest = 11 - sum(int(a) * b for a, b in zip(digits, _CONTROL, strict=True)) % 11
        if rest != 10:
            yield f"{digits}{rest % 11}"


_landlords = organisations()


def new_notice() -> dict[str, Any]:
    """Give a notice of an agent's that no other one stands in the way of."""
    body: dict[str, Any] = deepcopy(NOTICE)
    number, today = next(_numbers), oslo_date(datetime.now(UTC))
    for place, claim in enumerate(body["breach"]["claims"]):
        claim["due_date"] = f"{today - timedelta(days=60 - 20 * place)}"
    body["ground"]["warning_sent_on"] = f"{today - timedelta(days=20)}"
    body["prior_contact"]["reminder_sent_on"] = f"{today - timedelta(days=25)}"
    body["planned_petition_date"] = f"{today + timedelta(days=30)}"
    body["landlord"] |= {"organisation_number": next(_landlords), "name": f"Gård nr. {number} AS"}
    body["agent"] = {"organisation_number": AGENT, "name": "Inkassobyrået AS", "contact": body["landlord"]["contact"]}
    body["attestations"]["power_of_attorney"] = True
    body["lease"]["reference"], body["reference"] = f"L-{number}", f"K-{number}"
    body["tenants"] = [_tenant(number, place) for place in range(2 if number % _EVERY_THIRD == 0 else 1)]
    return body


def _tenant(number: int, place: int) -> dict[str, Any]:
    return {
        "name": f"{_chance.choice(_GIVEN)} {_chance.choice(_FAMILIES)}",
        "national_id": _national_id(),
        "birth_date": None,
        "language": None,
        "email": f"leier{number}.{place}@mail.example",
        "phone": None,
        "postal_address": None,
    }


def _national_id() -> str:
    """Give a number of the tax administration's synthetic kind: its month is 80 too high."""
    while True:
        born = date(1950, 1, 1) + timedelta(days=_chance.randrange(18_000))
        digits = f"{born.day:02}{born.month + 80}{born.year % 100:02}{_chance.randrange(500):03}"
        for weights in (_FIRST, _SECOND):
            digits += f"{-sum(int(a) * b for a, b in zip(digits, weights, strict=False)) % 11}"
        if len(digits) == _DIGITS and digits not in TEST_PERSONS:  # a control "digit" of 10 is none
            return digits


def requests_file(file: Path, requests: Iterable[bytes]) -> Path:
    """Write requests as the loop of calls reads them."""
    with file.open("wb") as out:
        for request in requests:
            out.write(struct.pack("<I", len(request)) + request)
    return file


def post(path: str, token: str, body: Any, **headers: str) -> bytes:
    """Give a whole request."""
    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    lines = {"Content-Type": "application/json", "Content-Length": str(len(data))} | headers
    return _head("POST", path, token, lines) + data


def get(path: str, token: str, **headers: str) -> bytes:
    return _head("GET", path, token, headers)


def _head(method: str, path: str, token: str, headers: dict[str, str]) -> bytes:
    lines = {"Host": "127.0.0.1", "Authorization": f"Bearer {token}"} | headers
    text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode()
