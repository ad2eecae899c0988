"""A notice as it is kept: facts in columns, what the landlord said encrypted, one content for each version."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from varsling.access.principal import Principal
from varsling.deliveries import service as copies
from varsling.domain.dates import NoticeDates, notice_dates
from varsling.domain.lifecycle import HeldFor, NoticeStatus
from varsling.domain.notice import Notice, NoticeId, Tenant, TenantId
from varsling.domain.office import FoundBy, OfficeNumber, ReachedBy
from varsling.domain.protection import Protection
from varsling.domain.remarks import Remark
from varsling.notices.tables import OPEN_STATUSES, notice_tenants, notice_versions, notices
from varsling.privacy.cipher import Cipher
from varsling.reservations.service import split_indexes

CONTENT = "notice_versions.content"
_PROTECTION = "notice_versions.protection"
# One byte each: a ciphertext must not tell by its length what it says.
_AS_BYTE = {Protection.NONE: b"0", Protection.CONFIDENTIAL: b"7", Protection.STRICT: b"6"}

_content = TypeAdapter(Notice)


def encode(notice: Notice) -> bytes:
    """The content of a version, before encryption."""
    return _content.dump_json(notice, exclude_defaults=True)


def decode(content: bytes) -> Notice:
    return _content.validate_json(content)


def encode_protection(cipher: Cipher, version_id: UUID, protection: Protection) -> bytes:
    """The protection of those whom a version names, as it is kept."""
    return cipher.encrypt(_PROTECTION, version_id, _AS_BYTE[protection])


def _protection(cipher: Cipher, version_id: UUID, kept: bytes | None) -> Protection | None:
    if kept is None:
        return None
    said = cipher.decrypt(_PROTECTION, version_id, kept)
    return next(protection for protection, byte in _AS_BYTE.items() if byte == said)


@dataclass(frozen=True, slots=True)
class StoredTenant:
    """A tenant's row: what a reservation is matched by, and whether she is left out of the notice for one."""

    id: TenantId
    place: int
    birth_index: bytes
    number_index: bytes | None
    family_indexes: frozenset[bytes]
    left_out_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A notice with one of its versions: the newest, or the newest that was published (`load`).

    `notice` is None once the content is erased. `version` is the newest there is; `content_version` is the one that
    `notice` belongs to, `version_id` its row, `version_office` its office once that is fixed, `receiving_office` the
    one that has it once it is published: Nav's own business, and told to Nav alone. `protection` is None until the
    register of persons has answered.
    """

    id: NoticeId
    acting_organisation: str
    landlord_organisation: str | None
    landlord_key: str
    reference: str
    lease_reference: str
    status: NoticeStatus
    reason: str | None = None
    held_for: HeldFor | None = None
    version: int
    published_version: int | None = None
    rule_version: str
    office: OfficeNumber | None
    found_by: FoundBy
    reached_by: ReachedBy | None
    register_version: str
    remarks: tuple[Remark, ...]
    warning_sent_on: date | None
    planned_petition_date: date | None
    assumed_sent_on: date
    sent_on: date | None = None
    received_on: date | None = None
    petition_recommended: date
    accepted_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    received_at: datetime | None = None
    fetched_at: datetime | None = None
    opened_at: datetime | None = None
    forwarded_at: datetime | None = None
    read_at: datetime | None = None
    closed_at: datetime | None = None
    body_digest: bytes
    answer_id: UUID
    content_version: int
    version_id: UUID
    version_office: OfficeNumber | None = None
    receiving_office: OfficeNumber | None = None
    protection: Protection | None = None
    notice: Notice | None
    tenants: tuple[StoredTenant, ...]

    @property
    def dates(self) -> NoticeDates:
        """The petition's dates as they stand, by the rule that the notice was accepted under."""
        return notice_dates(
            assumed_sent_on=self.assumed_sent_on,
            sent_on=self.sent_on,
            received_on=self.received_on,
            warning_sent_on=self.warning_sent_on,
            rule_version=self.rule_version,
        )

    @property
    def named(self) -> tuple[tuple[StoredTenant, Tenant], ...]:
        """The tenants whom the notice names: those not left out, each with what was said of her."""
        if self.notice is None:
            return ()
        said = {tenant.id: tenant for tenant in self.notice.tenants}
        return tuple((row, said[row.id]) for row in self.tenants if row.left_out_at is None)


def load(
    connection: sa.Connection,
    cipher: Cipher,
    where: sa.ColumnElement[bool],
    *,
    published: bool = False,
    limit: int | None = None,
) -> list[StoredNotice]:
    """The notices that `where` (over the table `notices`) selects, by id, which is the order of acceptance.

    With `published` the version is the newest published one, and notices without one are not there.
    """
    version = notices.c.published_version if published else notices.c.version
    statement = (
        sa.select(
            notices,
            notice_versions.c.id.label("version_id"),
            notice_versions.c.version.label("content_version"),
            notice_versions.c.office_number.label("version_office"),
            notice_versions.c.receiving_office_number.label("receiving_office"),
            notice_versions.c.content,
            notice_versions.c.protection,
        )
        .join(notice_versions, (notice_versions.c.notice_id == notices.c.id) & (notice_versions.c.version == version))
        .where(where)
        .order_by(notices.c.id)
        .limit(limit)
    )
    rows = connection.execute(statement).mappings().all()
    tenants = tenants_of(connection, [row["id"] for row in rows])
    return [_stored(row, tenants[row["id"]], cipher) for row in rows]


def tenants_of(connection: sa.Connection, notice_ids: Sequence[UUID]) -> Mapping[UUID, tuple[StoredTenant, ...]]:
    """The tenants of each notice, in the order that the landlord named them."""
    if not notice_ids:
        return {}
    statement = (
        sa.select(notice_tenants)
        .where(notice_tenants.c.notice_id.in_(notice_ids))
        .order_by(notice_tenants.c.notice_id, notice_tenants.c.place)
    )
    found: defaultdict[UUID, list[StoredTenant]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.notice_id].append(
            StoredTenant(
                id=row.id,
                place=row.place,
                birth_index=row.birth_index,
                number_index=row.number_index,
                family_indexes=split_indexes(row.family_indexes),
                left_out_at=row.left_out_at,
            )
        )
    return {notice_id: tuple(tenants) for notice_id, tenants in found.items()}


def open_notices_about(connection: sa.Connection, birth_index: bytes) -> list[UUID]:
    """The open notices that name a tenant with this birth index."""
    statement = (
        sa.select(notices.c.id)
        .join(notice_tenants, notice_tenants.c.notice_id == notices.c.id)
        .where(
            notice_tenants.c.birth_index == birth_index,
            notice_tenants.c.left_out_at.is_(None),
            notices.c.status.in_(OPEN_STATUSES),
        )
        .distinct()
    )
    return list(connection.scalars(statement))


def waiting_for_an_integration() -> sa.ColumnElement[bool]:
    """The unpublished notices that nothing else stands in the way of: every copy is out, the office is known."""
    return sa.and_(
        notices.c.status == NoticeStatus.ACCEPTED.value,
        notices.c.held_for.is_(None),
        notices.c.office_number.is_not(None),
        notices.c.id.not_in(copies.notices_awaiting_copies()),
    )


def no_office_has_it() -> sa.ColumnElement[bool]:
    """Of published notices: the office that had it handed it on, and did not know to whom."""
    c = notice_versions.c
    return sa.exists(
        sa.select(c.id)
        .where(c.notice_id == notices.c.id, c.version == notices.c.published_version)
        .where(c.receiving_office_number.is_(None))
        .correlate(notices)
    )


def readable_by(principal: Principal) -> sa.ColumnElement[bool]:
    """The notices that the caller reads and changes: what it submitted, and with its own token all its own."""
    submitted = notices.c.acting_organisation == principal.acting
    if principal.own_landlord is None:
        return submitted
    return sa.or_(submitted, notices.c.landlord_organisation == principal.own_landlord)


def join_remarks(remarks: Iterable[Remark]) -> str:
    """Remarks as kept: their codes, in the order first made, each once."""
    return " ".join(dict.fromkeys(remarks))


def split_remarks(kept: str) -> tuple[Remark, ...]:
    return tuple(Remark(code) for code in kept.split())


def version_row(
    version_id: UUID, notice_id: UUID, version: int, created_at: datetime, content: bytes
) -> dict[str, Any]:
    """A row of `notice_versions`; `content` is encrypted with the label CONTENT and the version's id."""
    return {
        "id": version_id,
        "notice_id": notice_id,
        "version": version,
        "created_at": created_at,
        "content": content,
    }


def notice_row(stored: StoredNotice) -> dict[str, Any]:
    """The row of `notices` that a stored notice stands in."""
    facts = {name: getattr(stored, name) for name in _AS_KEPT if name in notices.c}
    return facts | {
        "status": stored.status.value,
        "held_for": None if stored.held_for is None else stored.held_for.value,
        "office_number": stored.office,
        "found_by": stored.found_by.value,
        "reached_by": None if stored.reached_by is None else stored.reached_by.value,
        "remarks": join_remarks(stored.remarks),
    }


def _stored(row: sa.RowMapping, tenants: tuple[StoredTenant, ...], cipher: Cipher) -> StoredNotice:
    facts = {name: row[name] for name in _AS_KEPT}
    content = row["content"]
    return StoredNotice(
        **facts,
        status=NoticeStatus(row["status"]),
        held_for=None if row["held_for"] is None else HeldFor(row["held_for"]),
        office=row["office_number"],
        found_by=FoundBy(row["found_by"]),
        reached_by=None if row["reached_by"] is None else ReachedBy(row["reached_by"]),
        remarks=split_remarks(row["remarks"]),
        notice=None if content is None else decode(cipher.decrypt(CONTENT, row["version_id"], content)),
        protection=_protection(cipher, row["version_id"], row["protection"]),
        tenants=tenants,
    )


_CONVERTED = {"status", "held_for", "office", "found_by", "reached_by", "remarks", "notice", "tenants", "protection"}
_AS_KEPT = tuple(name for name in StoredNotice.__dataclass_fields__ if name not in _CONVERTED)
