"""What a second notice of a lease says otherwise than the open one (CONTRACT, `if_open: update`).

Nothing that a landlord's system says is dropped in silence: an update takes it, or it is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from varsling.domain.dwelling import Dwelling
from varsling.domain.identity import birth_key
from varsling.domain.notice import Notice, Tenant

_OF_DWELLING = tuple(field.name for field in fields(Dwelling) if field.name != "lies_in")
_OF_TENANT = ("name", "national_id", "language", "email", "phone", "postal_address")


def restated_otherwise(sent: Notice, known: Notice, tenants: Sequence[Tenant]) -> Iterator[str]:
    """Give the pointers of what the second notice says otherwise of the dwelling, the lease and the tenants.

    `tenants` are those whom the open notice names. What is left out is not said.
    """
    before = replace(known.dwelling, municipality_number=known.dwelling.municipality_number or known.dwelling.lies_in)
    for name in _OF_DWELLING:
        filled_in = name == "municipality_number" and before.municipality_number is None
        if not filled_in and _otherwise(getattr(sent.dwelling, name), getattr(before, name)):
            yield f"/dwelling/{name}"
    if sent.lease.use is not known.lease.use:
        yield "/lease/use"
    left = list(tenants)
    for place, tenant in enumerate(sent.tenants):
        same = [one for one in left if birth_key(one.birth_date) == birth_key(tenant.birth_date)]
        if not same:
            yield f"/tenants/{place}"
            continue
        hers = next((one for one in same if one.name == tenant.name), same[0])
        left.remove(hers)
        for name in _OF_TENANT:
            if _otherwise(getattr(tenant, name), getattr(hers, name)):
                yield f"/tenants/{place}/{name}"


def _otherwise(said: object, before: object) -> bool:
    """Tell whether something else is said: another spelling of the same is not."""
    return said is not None and _read(said) != _read(before)


def _read(value: object) -> object:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value
