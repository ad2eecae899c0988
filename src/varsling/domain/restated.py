"""What a second notice of a lease says otherwise than the open one (CONTRACT, `if_open: update`).

Nothing that a landlord's system says is dropped in silence: an update takes it, or it is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from varsling.domain.dwelling import Dwelling
from varsling.domain.identity import birth_key
from varsling.domain.notice import Notice, Tenant

_OF_TENANT = ("name", "national_id", "language", "email", "phone", "postal_address")


def restated_otherwise(sent: Notice, known: Notice, tenants: Sequence[Tenant]) -> Iterator[str]:
    """Give the pointers of what the second notice says otherwise of the dwelling, the lease and the tenants.

    `tenants` are those whom the open notice names. What is left out is not said.
    """
    for field in fields(Dwelling):
        said = getattr(sent.dwelling, field.name)
        if said is not None and said != getattr(known.dwelling, field.name):
            yield f"/dwelling/{field.name}"
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
            if getattr(tenant, name) not in (None, getattr(hers, name)):
                yield f"/tenants/{place}/{name}"
