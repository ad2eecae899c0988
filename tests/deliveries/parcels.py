"""Parcels about invented people, for the channels' tests."""

from typing import Any

from uuid_utils.compat import uuid7

from varsling.deliveries.channels.channel import Addressee, Parcel
from varsling.deliveries.store import DeliveryId, DeliveryKind
from varsling.domain.notice import PostalAddress

KARI = "15827520362"
HOME = PostalAddress(("Sannergata 1 B",), "0557", "Oslo")


def parcel(delivery_id: DeliveryId | None = None, **changes: Any) -> Parcel:
    given: dict[str, Any] = {
        "delivery_id": delivery_id or DeliveryId(uuid7()),
        "kind": DeliveryKind.COPY,
        "language": "nb",
        "to": Addressee("Kari Testperson", HOME, KARI, "kari@mail.example"),
        "address": ("Kari Testperson", "Sannergata 1 B", "0557 Oslo"),
        "pdf": b"%PDF-1.7 a letter",
        "code": "ABCDEFGHJKLMNPQR",
        "link": "https://varsel.example/t/ABCDEFGHJKLMNPQR",
    }
    return Parcel(**given | changes)
