"""Altinn 3: token exchange, and Correspondence as a sender meets it.

Limits and codes are those of Altinn's OpenAPI document and error list (github.com/Altinn/altinn-correspondence).
"""

import asyncio
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from varsling import http
from varsling.simulators.altinn_rules import (
    Refused,
    attachment_of,
    check_content,
    check_notification,
    fields_of,
    recipient_number,
)
from varsling.simulators.bearer import Bearer
from varsling.simulators.forms import Part, parts_of
from varsling.simulators.serving import Fault, Simulator, fault_of

_BASE = "/correspondence/api/v1/correspondence"
_SCOPES = ("altinn:correspondence.write", "altinn:serviceowner")
_EVENTS_SCOPES = ("altinn:events.subscribe", "altinn:serviceowner")


@dataclass(slots=True)
class Message:
    """A message as Altinn has it. `fields` are the form's, `pdf` the attached letter."""

    id: UUID
    fields: dict[str, str]
    pdf: bytes
    created: datetime
    status: str = "Initialized"
    published: datetime | None = None
    read: datetime | None = None

    @property
    def reference(self) -> str:
        return self.fields["Correspondence.SendersReference"]


@dataclass(slots=True)
class Register:
    """People and organisations with a fate of their own, by their numbers."""

    reserved: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    without_contact: set[str] = field(default_factory=set)
    never_published: set[str] = field(default_factory=set)


class AltinnSimulator(Simulator):
    """`messages` are those that it has, by id. While `publishing` is off they wait to be published.

    `touched` has the calls that only a reader may make.
    """

    def __init__(self, maskinporten: str, resource_id: str) -> None:
        super().__init__(
            [
                Route("/authentication/api/v1/exchange/maskinporten", self._exchange),
                Route("/events/api/v1/subscriptions", self._subscribe, methods=["POST"]),
                Route(f"{_BASE}/upload", self._upload, methods=["POST"]),
                Route(_BASE, self._find),
                Route(_BASE + "/{id:uuid}", self._overview),
                Route(_BASE + "/{id:uuid}/{step}", self._touch, methods=["GET", "POST", "DELETE"]),
            ]
        )
        self.resource_id = resource_id
        self.register = Register()
        self.messages: dict[UUID, Message] = {}
        self.publishing = True
        self.touched: list[str] = []
        self.subscriptions: dict[str, str] = {}
        """By kind of event: the address that is told."""
        self._bearer = Bearer(maskinporten)
        self._tokens: dict[str, float] = {}
        self._events_tokens: dict[str, float] = {}
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    def spoils(self, path: str) -> bool:
        return path == f"{_BASE}/upload"

    def forget_logins(self) -> None:
        """Take back every token, as after a restart of its key store."""
        self._tokens.clear()

    async def _exchange(self, request: Request) -> Response:
        given = request.headers.get("authorization")
        letters = self._bearer.claims(given, *_SCOPES) is not None
        if not letters and self._bearer.claims(given, *_EVENTS_SCOPES) is None:
            return Response(status_code=401)
        token = secrets.token_urlsafe(32)
        (self._tokens if letters else self._events_tokens)[token] = self.now() + 30 * 60
        return PlainTextResponse(token)

    async def _subscribe(self, request: Request) -> Response:
        """Take a subscription, which is in force once its address has answered a first event."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._events_tokens.get(token, 0.0) <= self.now():
            return Response(status_code=401)
        wanted = await request.json()
        if wanted.keys() != {"endPoint", "resourceFilter", "typeFilter"}:
            return Response(status_code=400)
        if wanted["resourceFilter"] != f"urn:altinn:resource:{self.resource_id}":
            return Response(status_code=403)
        tried = {"specversion": "1.0", "type": "platform.events.validatesubscription", "id": str(uuid4())}
        if await asyncio.to_thread(_told, wanted["endPoint"], tried):
            self.subscriptions[wanted["typeFilter"]] = wanted["endPoint"]
        return JSONResponse({"id": 1, **wanted}, 201)

    def tell(self, reference: str) -> None:
        """Publish the messages of a sender's reference, and tell who wants to know."""
        self.publishing = True
        for message in self._of_reference(reference):
            self._publish(message)
            kind = "published" if message.published else "publishfailed"
            number = message.fields["Recipients[0]"].rpartition(":")[2]
            event = {
                "specversion": "1.0",
                "id": str(uuid4()),
                "type": f"no.altinn.correspondence.correspondence{kind}",
                "source": f"{self.origin}{_BASE}/{message.id}",
                "resource": f"urn:altinn:resource:{self.resource_id}",
                "resourceinstance": str(message.id),
                "subject": f"urn:altinn:person:identifier-no:{number}",
                "alternativesubject": f"/person/{number}",
            }
            if address := self.subscriptions.get(event["type"]):
                _told(address, event)

    async def _upload(self, request: Request) -> Response:
        if not self._admits(request):
            return _problem(Refused(401, 4001, "You must use an Altinn token"))
        parts = await parts_of(request)
        try:
            message = self._checked(parts)
            with self._lock:
                self._keep(message, forget=fault_of(request) is Fault.FORGET)
        except Refused as refused:
            return _problem(refused)
        return JSONResponse(self._initialized(message))

    def _checked(self, parts: list[Part]) -> Message:
        """Check a form as Altinn does. Raises Refused."""
        fields = fields_of(parts)
        recipient = recipient_number(fields["Recipients[0]"])
        if fields["Correspondence.ResourceId"] != self.resource_id:
            raise Refused(451, 2014, "No service owner for the resource")
        check_content(fields)
        check_notification(fields)
        pdf = attachment_of(parts, fields)
        if recipient in self.register.unknown:
            raise Refused(404, 1029, "Could not find partyId for the following recipients")
        if recipient in self.register.failing:
            raise Refused(500, 1032, "The lookup in the contact and reservation register failed")
        if recipient in self.register.reserved:
            raise Refused(422, 1030, "The recipient is reserved from public correspondences")
        return Message(uuid4(), fields, pdf, datetime.now(UTC))

    def _keep(self, message: Message, *, forget: bool) -> None:
        key = message.fields.get("IdempotentKey")
        if key in self._keys:
            raise Refused(409, 1034, "A correspondence with the same idempotent key already exists")
        if forget:
            return
        if key is not None:
            self._keys.add(key)
        self.messages[message.id] = message

    def _initialized(self, message: Message) -> dict[str, Any]:
        recipient = message.fields["Recipients[0]"]
        without = recipient.rpartition(":")[2] in self.register.without_contact
        one = {
            "correspondenceId": str(message.id),
            "status": message.status,
            "recipient": recipient,
            "notifications": None if without else [{"orderId": str(uuid4()), "isReminder": False, "status": "Success"}],
        }
        return {"correspondences": [one], "attachmentIds": [str(uuid4())]}

    async def _find(self, request: Request) -> Response:
        if not self._admits(request):
            return _problem(Refused(401, 4001, "You must use an Altinn token"))
        query = request.query_params
        if query.get("role") not in ("Sender", "RecipientAndSender") or query.get("resourceId") != self.resource_id:
            return _problem(Refused(400, 1040, "The role field is required"))
        found = self._of_reference(query.get("sendersReference"))
        return JSONResponse({"ids": [str(one.id) for one in found]})

    def _of_reference(self, reference: str | None) -> Iterable[Message]:
        return [one for one in self.messages.values() if reference in (None, one.reference)]

    async def _overview(self, request: Request) -> Response:
        message = self.messages.get(request.path_params["id"])
        if not self._admits(request) or message is None:
            return _problem(Refused(404, 1001, "The requested correspondence was not found"))
        self._publish(message)
        fields = message.fields
        return JSONResponse(
            {
                "correspondenceId": str(message.id),
                "resourceId": self.resource_id,
                "sendersReference": message.reference,
                "recipient": fields["Recipients[0]"],
                "created": message.created.isoformat(),
                "status": message.status,
                "published": message.published and message.published.isoformat(),
                "read": message.read and message.read.isoformat(),
                "notifications": None,
            }
        )

    def _publish(self, message: Message) -> None:
        if not self.publishing or message.status not in ("Initialized", "ReadyForPublish"):
            return
        if message.fields["Recipients[0]"].rpartition(":")[2] in self.register.never_published:
            message.status = "Failed"
        else:
            message.status, message.published = "Published", datetime.now(UTC)

    def open(self, reference: str) -> None:
        """Open a message, as its reader does."""
        for message in self._of_reference(reference):
            message.status, message.read = "Read", datetime.now(UTC)

    async def _touch(self, request: Request) -> Response:
        self.touched.append(str(request.path_params["step"]))
        return Response(status_code=403)

    def _admits(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self._tokens.get(token, 0.0) > self.now()


def _told(address: str, event: dict[str, Any]) -> bool:
    with http.client(read_seconds=10.0) as client:
        return client.post(address, json=event).status_code == 200


def _problem(refused: Refused) -> Response:
    body: dict[str, Any] = {"title": "Problem", "status": refused.status, "detail": str(refused)}
    if refused.code:
        body |= {"code": f"CORR-{refused.code:05}", "errorCode": refused.code}
    return JSONResponse(body, refused.status, media_type="application/problem+json")
