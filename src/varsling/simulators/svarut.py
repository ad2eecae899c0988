"""KS SvarUt, version 2: letters, their references, their statuses, and `lest`."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from varsling.domain.identity import parse_national_id
from varsling.simulators.bearer import Bearer
from varsling.simulators.forms import parts_of
from varsling.simulators.serving import Fault, Simulator, fault_of
from varsling.simulators.svarut_rules import Refused, letter_of

_DIGITAL = ("MOTTATT", "AKSEPTERT", "VARSLET", "SENDT_PRINT", "PRINTET")
_DIGITAL_ALONE = ("MOTTATT", "AKSEPTERT", "SENDT_DIGITALT")
_PAPER = ("MOTTATT", "AKSEPTERT", "SENDT_PRINT", "PRINTET")


@dataclass(slots=True)
class Letter:
    """A letter as SvarUt has it. `way` are the statuses that it goes through."""

    id: UUID
    content: dict[str, Any]
    files: list[bytes]
    way: tuple[str, ...]
    step: int = 0
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def status(self) -> str:
        return self.way[self.step]

    def go_on(self) -> None:
        if self.step + 1 < len(self.way):
            self.step, self.changed = self.step + 1, datetime.now(UTC)


class SvarUtSimulator(Simulator):
    """`letters` are those that it has. Each look at a letter's status takes it one step on, unless `walking` is off.

    `ends` gives recipients, by digital id or name, a last status of their own.
    """

    def __init__(self, maskinporten: str, account: UUID, integration: tuple[str, str]) -> None:
        of_account = f"/api/v2/kontoer/{account}/forsendelser"
        super().__init__(
            [
                Route(of_account, self._send, methods=["POST"]),
                Route(of_account, self._find, methods=["GET"]),
                Route(f"{of_account}/status-sok", self._statuses, methods=["POST"]),
                Route("/api/v2/forsendelser/{id:uuid}/lest", self._read, methods=["POST"]),
            ]
        )
        self.letters: dict[UUID, Letter] = {}
        self.walking = True
        self.ends: dict[str, str] = {}
        self._sending = of_account
        self._bearer = Bearer(maskinporten)
        self._integration = integration

    def spoils(self, path: str) -> bool:
        return path == self._sending

    async def _send(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        try:
            content, files = letter_of(await parts_of(request))
        except Refused as refused:
            return _error(request, 400, str(refused))
        letter = self._made(content, files)
        if fault_of(request) is not Fault.FORGET:
            self.letters[letter.id] = letter
        return JSONResponse({"id": str(letter.id)})

    def _made(self, content: dict[str, Any], files: list[bytes]) -> Letter:
        recipient = content["mottaker"]
        way: tuple[str, ...] = _DIGITAL if "digitalId" in recipient else _PAPER
        if content.get("kunDigitalLevering"):
            way = _DIGITAL_ALONE
        for name in (recipient.get("digitalId"), recipient["navn"]):
            if name in self.ends:
                way = ("MOTTATT", self.ends[name])
        return Letter(uuid4(), content, files, way)

    async def _find(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        reference = request.query_params.get("eksternRef")
        if reference is None:
            return _error(request, 400, "eksternRef is missing")
        found = [one for one in self.letters.values() if one.content.get("eksternReferanse") == reference]
        return JSONResponse({"forsendelseIds": [str(one.id) for one in found]})

    async def _statuses(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        wanted = [UUID(one) for one in (await request.json())["forsendelseIds"]]
        return JSONResponse({"statuser": list(self._told(wanted))})

    def _told(self, wanted: list[UUID]) -> Iterator[dict[str, str]]:
        for letter in (self.letters[one] for one in wanted if one in self.letters):
            yield {
                "id": str(letter.id),
                "sisteStatusEndring": letter.changed.isoformat(),
                "status": letter.status,
            }
            if self.walking:
                letter.go_on()

    async def _read(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        letter = self.letters.get(request.path_params["id"])
        body = await request.json()
        try:
            parse_national_id(body["fnr"])
            datetime.fromisoformat(body["tidspunkt"])
        except (KeyError, ValueError):
            return _error(request, 400, "fnr or tidspunkt")
        if letter is None:
            return _error(request, 404, "no such letter")
        letter.way, letter.step = ("LEST",), 0
        return Response(status_code=204)

    def _refusal(self, request: Request) -> Response | None:
        given = (request.headers.get("integrasjonid"), request.headers.get("integrasjonpassord"))
        if given != self._integration:
            return _error(request, 401, "integration")
        if self._bearer.claims(request.headers.get("authorization"), "ks:fiks") is None:
            return _error(request, 401, "token")
        return None


def _error(request: Request, status: int, message: str) -> Response:
    body = {
        "timestamp": int(time.time() * 1000),
        "status": status,
        "error": "Bad Request",
        "errorId": str(uuid4()),
        "path": request.url.path,
        "originalPath": request.url.path,
        "message": message,
        "errorCode": "SVARUT",
        "errorJson": "{}",
    }
    return JSONResponse(body, status)
