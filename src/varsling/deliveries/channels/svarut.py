"""The `svarut` channel: KS SvarUt, version 2, digital first and then on paper.

A call may take a quarter of an hour, so it runs in a thread of its own. SvarUt has no key against sending twice: a
letter whose outcome is unknown is looked up by its reference, and not before the call has certainly ended there.
Sources: KS's OpenAPI documents and pages on SvarUt.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog

from varsling import http
from varsling.deliveries.channels.calls import answer_of, document_of, require_ok, require_token
from varsling.deliveries.channels.channel import (
    AwaitsConfirmation,
    Dispatched,
    Outcome,
    Parcel,
    Permanent,
    SlowDown,
    Unknown,
)
from varsling.deliveries.channels.slow_calls import SlowCalls
from varsling.deliveries.channels.svarut_letter import FILE_NAME, SYSTEM, forsendelse
from varsling.deliveries.store import DeliveryId
from varsling.domain.policies import Channel as ChannelName
from varsling.maskinporten.service import Maskinporten

SCOPE = "ks:fiks"
# SvarUt ends a call after 15 minutes; KS's own client waits for 16.
CALL = timedelta(minutes=16)
_PATIENCE_SECONDS = 8.0
_AT_ONCE = 4

_DISPATCHED = frozenset({"SENDT_DIGITALT", "LEVERT_SDP", "SENDT_PRINT", "PRINTET", "LEST"})
_ENDED = {"AVVIST": "avvist", "IKKE_LEVERT": "ikke-levert", "MANUELT_HANDTERT": "manuelt-handtert"}

_log = structlog.get_logger(__name__)


class SvarUtChannel:
    """The channel of one process. `integration` is the Fiks integration's id and password."""

    name: Final[str] = ChannelName.SVARUT.value
    postal: Final[bool] = ChannelName.SVARUT.postal
    prints_unread: Final[bool] = True

    def __init__(
        self,
        url: str,
        account: str,
        integration: tuple[str, str],
        maskinporten: Maskinporten,
        *,
        cost_code: str = "",
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._letters = f"{url}/v2/kontoer/{account}/forsendelser"
        self._one = f"{url}/v2/forsendelser"
        self._headers = {"IntegrasjonId": integration[0], "IntegrasjonPassord": integration[1]}
        self._maskinporten = maskinporten
        self._cost_code = cost_code
        self._client = http.client(read_seconds=CALL.total_seconds())
        self._quick = http.client(read_seconds=_PATIENCE_SECONDS)
        self._calls = SlowCalls(self.name, at_once=_AT_ONCE, patience=patience_seconds)

    def take_returns(self, take: Callable[[DeliveryId], bool]) -> None:
        """SvarUt tells of no letter that came back."""

    def check(self) -> None:
        """Log in, and ask for a letter that nobody has sent."""
        require_token(lambda: self._maskinporten.token(SCOPE))
        require_ok(self._quick_get({"eksternRef": str(UUID(int=0))}), "SvarUt")

    def close(self) -> None:
        self._client.close()
        self._quick.close()

    def send(self, parcel: Parcel) -> Outcome:
        content = forsendelse(parcel, self._cost_code)
        if content is None:
            return Permanent("no-address")
        began = time.monotonic()
        outcome = self._calls.run(parcel.delivery_id, lambda: self._sent(parcel, content))
        return outcome or Unknown("slow", CALL - timedelta(seconds=time.monotonic() - began))

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | None:
        known = self._calls.answer(delivery_id)
        if isinstance(known, SlowDown):  # it came late, and says that SvarUt has not got it
            return None
        if (known is None or isinstance(known, Unknown)) and since < CALL:
            return AwaitsConfirmation(CALL - since)
        outcome = known if isinstance(known, Permanent) else self._found(delivery_id)
        if outcome is None and since < CALL:  # it has the letter, and does not list it yet
            return AwaitsConfirmation()
        return outcome

    def awake(self, now: datetime) -> bool:
        del now
        return True

    def opened(self, delivery_id: DeliveryId) -> bool | None:
        """SvarUt prints by itself what stays unread."""
        del delivery_id
        return True

    def mark_read(self, delivery_id: DeliveryId, national_id: str, at: datetime) -> None:
        """Say that she has read the letter on her page, so that nothing is printed. It is no harm if that fails."""
        found = self._read(self._quick_get({"eksternRef": str(delivery_id)}), "forsendelseIds")
        body = {"fnr": national_id, "tidspunkt": at.isoformat(), "eksterntSystemnavn": SYSTEM}
        for one in [] if isinstance(found, SlowDown) else found:
            answer = self._call(self._quick, "POST", f"{self._one}/{one}/lest", json=body)
            if not isinstance(answer, http.Response) or answer.status_code != 204:
                _log.warning("svarut_not_marked_read", delivery=str(delivery_id))

    def _sent(self, parcel: Parcel, content: Mapping[str, Any]) -> Outcome:
        parts = [
            ("forsendelse", (None, orjson.dumps(content), "application/json;charset=UTF-8")),
            ("filer_0", (FILE_NAME, parcel.pdf, "application/pdf")),
        ]
        answer = self._call(self._client, "POST", self._letters, files=parts)
        if not isinstance(answer, http.Response):
            return Unknown(answer.reason, CALL) if isinstance(answer, Unknown) else answer
        if answer.status_code == 200:
            return AwaitsConfirmation()
        if answer.status_code >= 500:
            return Unknown(f"status-{answer.status_code}", CALL)
        if answer.status_code in (401, 403, 404):  # our rights there, and no fault of this letter
            self._maskinporten.forget(SCOPE)
            _log.error("svarut_refuses_us", status=answer.status_code)
            return SlowDown()
        return Permanent(f"status-{answer.status_code}")

    def _found(self, delivery_id: DeliveryId) -> Outcome | None:
        found = self._read(self._quick_get({"eksternRef": str(delivery_id)}), "forsendelseIds")
        if isinstance(found, SlowDown):
            return found
        return self._together(found) if found else None

    def _together(self, ids: Sequence[Any]) -> Outcome:
        """Tell what became of a letter. Several of one reference (a call repeated on the way) are one letter."""
        answer = self._call(self._quick, "POST", f"{self._letters}/status-sok", json={"forsendelseIds": list(ids)})
        listed = self._read(answer, "statuser")
        if isinstance(listed, SlowDown):
            return listed
        statuses = {str(one.get("id")): str(one.get("status")) for one in listed}
        for one, status in statuses.items():
            if status in _DISPATCHED:
                return Dispatched(one)
        ended = [_ENDED[status] for status in statuses.values() if status in _ENDED]
        return Permanent(ended[0]) if ended and len(ended) == len(statuses) else AwaitsConfirmation()

    def _quick_get(self, query: Mapping[str, str]) -> http.Response | SlowDown | Unknown:
        return self._call(self._quick, "GET", self._letters, params=query)

    def _call(self, client: http.Client, method: str, url: str, **content: Any) -> http.Response | SlowDown | Unknown:
        def call() -> http.Response:
            headers = {**self._headers, "Authorization": f"Bearer {self._maskinporten.token(SCOPE)}"}
            return client.request(method, url, headers=headers, **content)

        return answer_of(self.name, call)

    def _read(self, answer: http.Response | SlowDown | Unknown, member: str) -> list[Any] | SlowDown:
        """Give the list of an answer that only tells; SlowDown if SvarUt does not tell now."""
        if not isinstance(answer, http.Response) or answer.status_code != 200:
            return answer if isinstance(answer, SlowDown) else SlowDown()
        listed = document_of(answer).get(member)
        return listed if isinstance(listed, list) else SlowDown()
