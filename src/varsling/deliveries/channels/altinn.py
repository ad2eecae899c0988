"""The `altinn` channel: a message with the letter in the reader's own inbox (Altinn 3 Correspondence).

A letter counts as dispatched when Altinn has published it. The delivery id is Altinn's idempotent key and the sender's
reference, so that a letter whose outcome is unknown is found again. Nothing here reads or confirms a message: only its
reader does. Sources: Altinn's OpenAPI document and its error codes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from varsling import http
from varsling.deliveries.channels.altinn_login import EVENTS_SCOPE, AltinnLogin
from varsling.deliveries.channels.altinn_message import FILE_NAME, form_of, recipient_of
from varsling.deliveries.channels.calls import answer_of, document_of, require_ok, require_token
from varsling.deliveries.channels.channel import (
    AwaitsConfirmation,
    Dispatched,
    Outcome,
    Parcel,
    Permanent,
    Retry,
    SlowDown,
    Unknown,
)
from varsling.deliveries.store import DeliveryId
from varsling.domain.policies import Channel as ChannelName
from varsling.maskinporten.service import Maskinporten

_SECONDS = 9.0

_DUPLICATE, _REGISTER_FAILED = 1034, 1032
# Another channel may reach her: reserved against digital post, or unknown to Altinn.
_NEVER_HERE = {1030: "reserved", 1029: "unknown-party"}
_NEVER_PUBLISHED = {"Reserved": "reserved", "Failed": "publish-failed"}
_NOT_YET = frozenset({"Initialized", "ReadyForPublish"})
_OPENED = frozenset({"Read", "Replied", "Confirmed", "Archived", "AttachmentsDownloaded", "PurgedByRecipient"})
_PUBLISHED = frozenset({"Published", "Fetched", "PurgedByAltinn", *_OPENED})

_NEWS = (
    "no.altinn.correspondence.correspondencepublished",
    "no.altinn.correspondence.correspondencepublishfailed",
    "no.altinn.correspondence.correspondencereceiverreserved",
)

_log = structlog.get_logger(__name__)


class AltinnChannel:
    """The channel of one process. `url` is the platform's, `resource_id` the service's in Altinn's register."""

    name: Final[str] = ChannelName.ALTINN.value
    postal: Final[bool] = ChannelName.ALTINN.postal
    prints_unread: Final[bool] = False

    def __init__(self, url: str, resource_id: str, maskinporten: Maskinporten) -> None:
        self._resource_id = resource_id
        self._messages = f"{url}/correspondence/api/v1/correspondence"
        self._client = http.client(read_seconds=_SECONDS)
        self._subscriptions = f"{url}/events/api/v1/subscriptions"
        self._login = AltinnLogin(url, maskinporten, self._client)
        self._events_login = AltinnLogin(url, maskinporten, self._client, EVENTS_SCOPE)

    def awake(self, now: datetime) -> bool:
        del now
        return True

    def mark_read(self, delivery_id: DeliveryId, national_id: str, at: datetime) -> None:
        """Nothing is printed."""

    def take_returns(self, take: Callable[[DeliveryId], bool]) -> None:
        """No message comes back."""

    def check(self) -> None:
        """Log in, and ask for a letter that nobody has sent."""
        require_token(self._login.token)
        query = {"resourceId": self._resource_id, "role": "Sender", "sendersReference": str(UUID(int=0))}
        require_ok(self._called("GET", self._messages, params=query), "Altinn")

    def subscribe(self, address: str) -> None:
        """Let Altinn tell an address of messages that it has published, or could not. Raises ChannelRefuses."""
        for kind in _NEWS:
            resource = f"urn:altinn:resource:{self._resource_id}"
            wanted = {"endPoint": address, "resourceFilter": resource, "typeFilter": kind}
            answer = self._called("POST", self._subscriptions, login=self._events_login, json=wanted)
            require_ok(answer, "Altinn Events")

    def close(self) -> None:
        self._client.close()

    def send(self, parcel: Parcel) -> Outcome:
        recipient = recipient_of(parcel)
        if recipient is None:
            return Permanent("no-number")
        form = form_of(parcel, recipient, self._resource_id)
        file = {"attachments": (FILE_NAME, parcel.pdf, "application/pdf")}
        answer = self._called("POST", f"{self._messages}/upload", data=form, files=file)
        if not isinstance(answer, http.Response):
            return answer
        if answer.status_code == 200:
            return AwaitsConfirmation(reference=_name_in(document_of(answer)))
        code = document_of(answer).get("errorCode")
        if code == _DUPLICATE:
            # An earlier call made it. No other key is ever tried: that would be a second message.
            return self.look_up(parcel.delivery_id, timedelta()) or Unknown("duplicate-not-found")
        return _refusal(answer.status_code, code)

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | None:
        del since
        message = self._message(delivery_id)
        if not isinstance(message, Mapping):
            return message
        status = message.get("status")
        if status in _NEVER_PUBLISHED:
            return Permanent(_NEVER_PUBLISHED[status])
        if status in _NOT_YET or (status not in _PUBLISHED and message.get("published") is None):
            return AwaitsConfirmation()
        return Dispatched(str(message.get("correspondenceId")))

    def opened(self, delivery_id: DeliveryId) -> bool | None:
        """Tell whether the reader has opened the letter; None if Altinn does not tell."""
        message = self._message(delivery_id)
        if not isinstance(message, Mapping):
            return None
        return message.get("status") in _OPENED or message.get("read") is not None

    def _message(self, delivery_id: DeliveryId) -> Mapping[str, Any] | SlowDown | None:
        """Find the message of a letter, as its sender sees it; None if Altinn has none."""
        query = {"resourceId": self._resource_id, "role": "Sender", "sendersReference": str(delivery_id)}
        ids = self._read(self._messages, query)
        if isinstance(ids, SlowDown):
            return ids
        found = ids.get("ids") or []
        return self._read(f"{self._messages}/{found[0]}", {}) if found else None

    def _read(self, url: str, query: Mapping[str, str]) -> Mapping[str, Any] | SlowDown:
        answer = self._called("GET", url, params=query)
        if isinstance(answer, http.Response) and answer.status_code == 200:
            return document_of(answer)
        if isinstance(answer, http.Response):
            _log.warning("altinn_does_not_tell", status=answer.status_code)
        return answer if isinstance(answer, SlowDown) else SlowDown()

    def _called(
        self, method: str, url: str, *, login: AltinnLogin | None = None, **content: Any
    ) -> http.Response | SlowDown | Unknown:
        """Call Altinn with its token; one that it refuses is exchanged anew once."""
        refused, login = "", login or self._login

        def call() -> http.Response:
            nonlocal refused
            token = login.token(refused)
            answer = self._client.request(method, url, headers={"Authorization": f"Bearer {token}"}, **content)
            if answer.status_code == 401:
                refused = token
            return answer

        answer = answer_of(self.name, call)
        return answer_of(self.name, call) if refused else answer


def _name_in(made: Mapping[str, Any]) -> str | None:
    """Find Altinn's name of the message that it made; None where it has another shape: then it is only asked."""
    messages = made.get("correspondences")
    first = messages[0] if isinstance(messages, list) and messages else None
    name = first.get("correspondenceId") if isinstance(first, Mapping) else None
    return name if isinstance(name, str) else None


def _refusal(status: int, code: object) -> Outcome:
    """Interpret a refusal of a new message by Altinn's error code, else by its status."""
    if isinstance(code, int) and code in _NEVER_HERE:
        return Permanent(_NEVER_HERE[code])
    reason = f"altinn-{code}" if isinstance(code, int) else f"status-{status}"
    if code == _REGISTER_FAILED:
        return Retry(reason)
    if status >= 500:
        return Unknown(reason)
    if status in (401, 403, 451):  # our rights there, and no fault of this letter
        _log.error("altinn_refuses_us", reason=reason)
        return SlowDown()
    return Permanent(reason)
