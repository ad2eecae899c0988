"""The usual way to accept a notice: FastAPI, pydantic models, SQLAlchemy's ORM with an async session a request.

It checks the same, encrypts the same, and stores the same rows in the service's own schema. Like the service it
remembers a verified token. `BENCH_DATABASE` is its database, `BENCH_KEY` the issuer's public key as a JWK, `BENCH_PORT`
its port.
"""

import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID, uuid4

import sqlalchemy as sa
import uvicorn
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from fastapi import Depends, FastAPI, Header, HTTPException
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from varsling.access.tables import answers, idempotency_keys
from varsling.deliveries.tables import deliveries
from varsling.landlords.tables import landlords
from varsling.notices.schemas.notice import NoticeInput
from varsling.notices.tables import HAS_REFERENCE, OPEN_STATUSES, notice_tenants, notice_versions, notices
from varsling.privacy.tables import audit_rows
from varsling.reservations.tables import reservations
from varsling.tenants.tables import tenant_codes

_URL = os.environ["BENCH_DATABASE"].replace("postgresql:", "postgresql+psycopg:")
_ISSUER = ECKey.import_key(json.loads(os.environ["BENCH_KEY"]))
_CIPHER, _MAC = AESGCMSIV(b"k" * 32), b"m" * 32
_sessions = async_sessionmaker(create_async_engine(_URL, pool_size=32), expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Landlord(Base):
    __table__ = landlords


class StoredNotice(Base):
    __table__ = notices


class Version(Base):
    __table__ = notice_versions


class Tenant(Base):
    __table__ = notice_tenants


class TenantCode(Base):
    __table__ = tenant_codes


class Delivery(Base):
    __table__ = deliveries


class Answer(Base):
    __table__ = answers


class IdempotencyKey(Base):
    __table__ = idempotency_keys


class AuditRow(Base):
    __table__ = audit_rows


class Reservation(Base):
    __table__ = reservations


app = FastAPI()


class Created(BaseModel):
    """The notice as the caller gets it."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    reference: str
    version: int
    status: str
    accepted_at: datetime
    landlord: dict[str, Any]
    office: dict[str, Any]
    dwelling: dict[str, Any]
    tenants: list[dict[str, Any]]
    dates: dict[str, Any]
    remarks: list[dict[str, Any]]


@lru_cache(maxsize=4096)
def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = dict(jwt.decode(token, _ISSUER, algorithms=["ES256"]).claims)
    return claims


async def acting(authorization: Annotated[str, Header()]) -> str:
    try:
        claims = _claims(authorization.removeprefix("Bearer "))
    except ValueError:
        raise HTTPException(401) from None
    if "varsling:notices.agent" not in claims["scope"]:
        raise HTTPException(403)
    return str(claims["consumer"]["ID"].split(":")[1])


async def session() -> AsyncIterator[AsyncSession]:
    async with _sessions() as opened:
        yield opened


def _index(*parts: str) -> bytes:
    return hmac.digest(_MAC, "|".join(parts).encode(), "sha256")


def _encrypted(plain: bytes) -> bytes:
    nonce = os.urandom(12)
    return b"\x01keyi" + nonce + _CIPHER.encrypt(nonce, plain, None)


async def _refuse_known(
    database: AsyncSession, caller: str, landlord: str, notice: NoticeInput, key: bytes | None, births: list[bytes]
) -> None:
    """Ask what stands in the notice's way, question by question."""
    if key is not None and await database.get(IdempotencyKey, key) is not None:
        raise HTTPException(409)
    same = sa.select(StoredNotice).where(
        notices.c.acting_organisation == caller,
        notices.c.landlord_key == landlord,
        notices.c.reference == notice.reference,
        sa.text(HAS_REFERENCE),
    )
    of_lease = sa.select(StoredNotice).where(
        notices.c.landlord_key == landlord,
        notices.c.lease_reference == notice.lease.reference,
        notices.c.status.in_(OPEN_STATUSES),
    )
    reserved = sa.select(Reservation).where(reservations.c.birth_index.in_(births), reservations.c.revoked_at.is_(None))
    about = sa.select(Tenant).where(notice_tenants.c.birth_index.in_(births))
    for question in (same, of_lease, reserved, about):
        if await database.scalar(question) is not None:
            raise HTTPException(409)


@app.post("/v1/notices", status_code=201)
async def submit(
    notice: NoticeInput,
    caller: Annotated[str, Depends(acting)],
    database: Annotated[AsyncSession, Depends(session)],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Created:
    now = datetime.now(UTC)
    today = now.date()
    landlord = notice.landlord.organisation_number or ""
    digest = _index("body", notice.model_dump_json())
    key = _index("key", caller, idempotency_key) if idempotency_key else None
    births = [_index("birth", landlord, (tenant.national_id or "")[:6]) for tenant in notice.tenants]
    await _refuse_known(database, caller, landlord, notice, key, births)
    if await database.get(Landlord, landlord) is None:
        database.add(Landlord(key=landlord))
        await database.flush()
    planned = today + timedelta(days=15)
    notice_id, answer_id = uuid4(), uuid4()
    stored = StoredNotice(
        id=notice_id,
        acting_organisation=caller,
        landlord_organisation=landlord,
        landlord_key=landlord,
        reference=notice.reference,
        lease_reference=notice.lease.reference,
        status="accepted",
        version=1,
        rule_version="2007-07-01",
        office_number="0315",
        found_by="district_number",
        reached_by="letter",
        register_version="2026-11-26.f6051e98",
        remarks="",
        warning_sent_on=notice.ground.warning_sent_on,
        planned_petition_date=notice.planned_petition_date,
        assumed_sent_on=today,
        petition_recommended=planned,
        accepted_at=now,
        updated_at=now,
        tenant_urgent=False,
        body_digest=digest,
        answer_id=answer_id,
    )
    database.add(stored)
    await database.flush()
    content = _encrypted(notice.model_dump_json(exclude_defaults=True).encode())
    database.add(Version(id=uuid4(), notice_id=notice_id, version=1, created_at=now, content=content, urgent=False))
    told = [
        await _add_tenant(database, notice_id, landlord, place, notice, births, now) for place in range(len(births))
    ]
    created = Created(
        id=notice_id,
        reference=notice.reference,
        version=1,
        status="accepted",
        accepted_at=now,
        landlord={"organisation_number": landlord, "name": notice.landlord.name},
        office={"number": "0315", "name": "Nav Grünerløkka", "found_by": "district_number", "reached_by": "letter"},
        dwelling=notice.dwelling.model_dump(mode="json"),
        tenants=told,
        dates={"rule_version": "2007-07-01", "petition": {"recommended": planned.isoformat()}},
        remarks=[],
    )
    body = _encrypted(created.model_dump_json().encode())
    place = f"/v1/notices/{notice_id}"
    database.add(Answer(id=answer_id, status=201, location=place, etag='"1"', body=body, created_at=now))
    await database.flush()
    if key is not None:
        fingerprint = _index("use", digest.hex())
        database.add(IdempotencyKey(key_index=key, fingerprint=fingerprint, answer_id=answer_id, created_at=now))
    facts = json.dumps({"office": "0315", "tenants": len(told)})
    basis = "husleieloven § 9-11 first paragraph, first to third sentence"
    database.add(
        AuditRow(
            id=uuid4(),
            at=now,
            actor=caller,
            action="notice.accepted",
            basis=basis,
            subject=notice_id,
            version=1,
            facts=facts,
            salt=os.urandom(32),
        )
    )
    await database.commit()
    return created


async def _add_tenant(
    database: AsyncSession,
    notice_id: UUID,
    landlord: str,
    place: int,
    notice: NoticeInput,
    births: list[bytes],
    now: datetime,
) -> dict[str, Any]:
    tenant = notice.tenants[place]
    family = b"".join(_index("family", landlord, word) for word in tenant.name.split()[1:])
    number = _index("number", landlord, tenant.national_id or "")
    tenant_id = uuid4()
    row = Tenant(
        id=tenant_id,
        notice_id=notice_id,
        place=place,
        birth_index=births[place],
        number_index=number,
        family_indexes=family,
    )
    database.add(row)
    await database.flush()
    for way in ("home", "email"):
        code = os.urandom(10).hex()
        database.add(
            TenantCode(
                id=uuid4(),
                tenant_id=tenant_id,
                address_index=_index("address", way, str(tenant_id)),
                code_index=hashlib.sha256(code.encode()).digest(),
                code=_encrypted(code.encode()),
                through="elsewhere",
                created_at=now,
                wrong_tries=0,
            )
        )
    database.add(
        Delivery(
            id=uuid4(),
            notice_id=notice_id,
            version=1,
            kind="copy",
            tenant_id=tenant_id,
            status="queued",
            attempts=0,
            resends=0,
            due_at=now,
            created_at=now,
        )
    )
    return {"id": str(tenant_id), "copy": {"status": "queued", "dispatched_at": None}}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["BENCH_PORT"]), loop="asyncio", http="httptools", access_log=False)
