"""Letters about invented people, with most parts that a letter can have: for `letters preview` and the tests."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import BreachKind, Claim, ContactOutcome, Ground, GroundCode, PriorContact
from varsling.domain.policies import OperatorKind
from varsling.domain.tenant import (
    CallTime,
    CallWish,
    Consent,
    Consents,
    Dispute,
    DisputeReason,
    Statement,
    Wish,
    Wishes,
)
from varsling.letters.content import (
    Access,
    CopyNews,
    Debt,
    LandlordLetter,
    Language,
    LetterContent,
    Office,
    OfficeLetter,
    OfficeSecondLetter,
    OfficeTenant,
    Operator,
    Party,
    Petition,
    Recipient,
    SecondKind,
    SecondLetter,
    TenantCopy,
)
from varsling.letters.texts import REASONS_OF, TO_OFFICES, TO_TENANTS

OPERATOR = Operator(
    "Brevposten AS", OperatorKind.PRIVATE, "Postboks 1, 0102 Oslo", "22 00 00 01", "ombud@brevposten.example"
)
LANDLORD = Party("Tigerboliger AS", "+47 22 00 00 00", "utleie@tiger.example", ("Storgata 1", "0155 Oslo"))
AGENT = Party("Forvalter AS", "+47 22 00 00 09", "post@forvalter.example")
ACCESS = Access(
    "ABCDEFGHJKLMNPQR", "https://varsel.example/t/ABCDEFGHJKLMNPQR", "varsel.example/t", "https://varsel.example/t"
)
OFFICE = Office("0315", "Nav Grünerløkka", "feed")
RECIPIENT = Recipient("Kari Testperson", ("Sannergata 1 B", "0557 Oslo"))
DWELLING = "Sannergata 1 B, H0201, 0557 Oslo"


def claims(count: int) -> tuple[Claim, ...]:
    months = [date(2023 + month // 12, month % 12 + 1, 1) for month in range(46 - count, 46)]
    return tuple(Claim(day, 1_250_000, 900_000 + index) for index, day in enumerate(months))


def debt(count: int, deposited: int = 0) -> Debt:
    owed = claims(count)
    total = sum(claim.outstanding for claim in owed) - deposited
    return Debt(owed, deposited, total, "12345678903", "12345674") if owed else Debt()


STATEMENTS: Mapping[SecondKind, Statement] = {
    SecondKind.WANTS_CALL: CallWish("90000000", CallTime.MORNING, "pl", interpreter=True),
    SecondKind.DISPUTES: Dispute((DisputeReason.PAID, DisputeReason.DEFECTS)),
    SecondKind.WISHES: Wishes((Wish.PAYMENT_PLAN, Wish.CHILDREN)),
    SecondKind.CONSENTS: Consents((Consent.LANDLORD,)),
}

ONE_TENANT = {*STATEMENTS, SecondKind.TENANT_REMOVED}


def sample_ground(code: GroundCode) -> Ground:
    """Make a ground with all its facts."""
    warned = date(2026, 11, 5)
    match code:
        case GroundCode.LEASE_EXPIRED:
            asked = date(2026, 10, 15)
            return Ground(code, warned, expired_on=date(2026, 9, 30), move_out_requested_on=asked)
        case GroundCode.LEASE_TERMINATED:
            return Ground(code, warned, terminated_on=date(2026, 7, 31))
        case GroundCode.RESCISSION:
            return Ground(code, warned, rescinded_on=date(2026, 10, 20), breach_kind=BreachKind.PAYMENT)
        case GroundCode.JUDGMENT:
            return Ground(code, decided_on=date(2026, 6, 1))
        case GroundCode.RENT_UNPAID | GroundCode.NO_TITLE:
            return Ground(code, warned)


def sample_copy(language: Language = Language.NB, ground: GroundCode = GroundCode.RENT_UNPAID) -> TenantCopy:
    """Make a copy of a first version with most of what a landlord can say."""
    rent = ground is GroundCode.RENT_UNPAID
    return TenantCopy(
        language=language,
        rendered_on=date(2026, 11, 23),
        recipient=RECIPIENT,
        landlord=LANDLORD,
        agent=AGENT,
        operator=OPERATOR,
        office=OFFICE,
        dwelling=DWELLING,
        ground=sample_ground(ground),
        prior_contact=PriorContact(date(2026, 10, 20), ContactOutcome.TRIED),
        balance_as_of=date(2026, 11, 23),
        debt=debt(2, deposited=10_000) if rent or ground is GroundCode.RESCISSION else Debt(),
        petition=Petition(date(2026, 12, 8), "2007-07-01", planned=date(2026, 12, 15)),
        other_tenants=("Ola Testperson",),
        children_in_dwelling=True,
        identity_number_given=True,
        phone="+47 90 00 00 00",
        email="kari@mail.example",
        reference="K-1044-2026-11",
        access=ACCESS,
    )


def sample_second_letter(
    kind: SecondKind,
    language: Language = Language.NB,
    reason: SettlementReason | WithdrawalReason | None = None,
    *,
    ground: GroundCode = GroundCode.RENT_UNPAID,
    petition_lodged: bool = False,
) -> SecondLetter:
    return SecondLetter(
        kind=kind,
        language=language,
        rendered_on=date(2026, 12, 1),
        recipient=RECIPIENT,
        landlord=LANDLORD,
        operator=OPERATOR,
        reference="K-1044-2026-11",
        dwelling=DWELLING,
        office=OFFICE,
        copy_sent_on=date(2026, 11, 23),
        reason=reason,
        told=True,
        ground=ground,
        petition_lodged=petition_lodged,
        not_before=date(2026, 12, 8),
    )


def sample_office_letter(language: Language = Language.NB, tenants: int = 2, owed: int = 2) -> OfficeLetter:
    return OfficeLetter(
        language=language,
        rendered_on=date(2026, 11, 23),
        recipient=Recipient("Nav Grünerløkka", ("Postboks 2", "0103 Oslo")),
        office=replace(OFFICE, reached_by="letter"),
        operator=OPERATOR,
        notice_id="0199a000-0000-7000-8000-000000000001",
        version=1,
        tenants=tuple(
            OfficeTenant(f"Leier {number}", date(1990, 1, 1), "01819010001", "+4790000000", "leier@mail.example")
            for number in range(1, tenants + 1)
        ),
        children_in_dwelling=True,
        dwelling=DWELLING,
        debt=debt(owed),
        balance_as_of=date(2026, 11, 23),
        ground=sample_ground(GroundCode.RENT_UNPAID),
        prior_contact=PriorContact(date(2026, 10, 20), ContactOutcome.TRIED),
        petition=Petition(date(2026, 12, 8), "2007-07-01"),
        landlord=LANDLORD,
        agent=AGENT,
        reference="K-1044-2026-11",
        acknowledgement=Access(
            "SSSSTTTTUUUUVVVV",
            "https://varsel.example/o/SSSSTTTTUUUUVVVV",
            "varsel.example/o",
            "https://varsel.example/o",
        ),
    )


def sample_office_second_letter(
    kind: SecondKind, language: Language = Language.NB, reason: SettlementReason | WithdrawalReason | None = None
) -> OfficeSecondLetter:
    return OfficeSecondLetter(
        kind=kind,
        language=language,
        rendered_on=date(2026, 11, 30),
        recipient=Recipient("Nav Grünerløkka", ("Postboks 2", "0103 Oslo")),
        office=replace(OFFICE, reached_by="letter"),
        operator=OPERATOR,
        notice_id="0199a000-0000-7000-8000-000000000001",
        version=1,
        sent_on=date(2026, 11, 23),
        tenants=("Kari Testperson",) if kind in ONE_TENANT else ("Kari Testperson", "Ola Prøvesen"),
        dwelling=DWELLING,
        landlord=LANDLORD.name,
        reference="K-1044-2026-11",
        reason=reason,
        statement=STATEMENTS.get(kind),
    )


def sample_landlord_letter(language: Language = Language.NB) -> LandlordLetter:
    return LandlordLetter(
        language=language,
        rendered_on=date(2026, 11, 30),
        recipient=Recipient(LANDLORD.name, LANDLORD.address),
        operator=OPERATOR,
        tenant="Kari Testperson",
        dwelling=DWELLING,
        lease="K-1044",
        reserved_on=date(2026, 11, 29),
        reference="K-1044-2026-11",
    )


def sample_of_petition(language: Language, ground: GroundCode, *, lodged: bool) -> TenantCopy:
    """Make a copy that tells of a lodged petition, or of the landlord's promise to wait."""
    copy, held_until = sample_copy(language, ground), date(2027, 1, 15)
    if lodged:
        filed = replace(copy.petition, not_before=None, planned=None, filed_on=date(2026, 11, 20))
        return replace(copy, petition=filed, news=CopyNews.PETITION_FILED)
    return replace(copy, petition=replace(copy.petition, planned=None, held_until=held_until))


def every_end() -> Iterator[tuple[SecondKind, SettlementReason | WithdrawalReason | None]]:
    """List every kind of second letter to a tenant with each reason that it tells."""
    for kind in TO_TENANTS:
        for reason in REASONS_OF.get(kind, (None,)):
            yield kind, reason


RENT = GroundCode.RENT_UNPAID
_CASES = ((RENT, False), (RENT, True), (GroundCode.LEASE_EXPIRED, False))


def every_letter() -> Iterator[tuple[str, LetterContent]]:
    """Make every kind of letter in every language, with a name for its file."""
    for language in Language:
        for ground in GroundCode:
            yield f"copy-{ground}-{language}", sample_copy(language, ground)
            for name, lodged in (("held", False), ("lodged", True)):
                yield f"copy-{name}-{ground}-{language}", sample_of_petition(language, ground, lodged=lodged)
        for news in CopyNews:
            if news is not CopyNews.PETITION_FILED:  # the copies of a lodged petition are above
                yield f"copy-{news}-{language}", replace(sample_copy(language), news=news)
        late = replace(sample_copy(language), news=CopyNews.UPDATED, rendered_on=date(2027, 2, 1))
        yield f"copy-past-{language}", late
        yield f"copy-many-claims-{language}", replace(sample_copy(language), debt=debt(36))
        for kind, reason in every_end():
            for ground, lodged in _CASES:
                of_ground, of_petition = (ground if ground is not RENT else None), ("lodged" if lodged else None)
                yield (
                    "-".join(part for part in ("second", kind, reason, of_ground, of_petition, language) if part),
                    sample_second_letter(kind, language, reason, ground=ground, petition_lodged=lodged),
                )
        yield f"office-{language}", sample_office_letter(language)
        for told in TO_OFFICES:
            for reason in REASONS_OF.get(told, (None,)):
                name = "-".join(part for part in ("office-second", told, reason, language) if part)
                yield name, sample_office_second_letter(told, language, reason)
        yield f"landlord-{language}", sample_landlord_letter(language)
