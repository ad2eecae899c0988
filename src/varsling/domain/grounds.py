"""What the law asks of each ground, and of the claims (LAW's table of grounds).

Sources: tvangsfullbyrdelsesloven § 13-2, §§ 4-18 and 4-19; husleieloven §§ 3-2, 3-8, 9-2, 9-9.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from varsling.domain.calendar import roll
from varsling.domain.dates import NoticeDates
from varsling.domain.notice import BreachKind, Ground, GroundCode, Notice
from varsling.domain.policies import Rules
from varsling.domain.problems import Code, Fault

FACTS: dict[GroundCode, tuple[str, ...]] = {
    GroundCode.RENT_UNPAID: (),
    GroundCode.LEASE_EXPIRED: ("expired_on", "move_out_requested_on"),
    GroundCode.LEASE_TERMINATED: ("terminated_on",),
    GroundCode.RESCISSION: ("rescinded_on", "breach_kind"),
    GroundCode.JUDGMENT: ("decided_on",),
    GroundCode.NO_TITLE: (),
}
"""The facts that each ground needs beside the § 4-18 warning. No other ground takes them."""

_WITH_CLAUSE = (GroundCode.RENT_UNPAID, GroundCode.LEASE_EXPIRED)
_MONTHS_TO_ASK = 3  # husleieloven § 9-2 third paragraph


def ground_faults(notice: Notice, dates: NoticeDates, today: date, rules: Rules) -> Iterator[Fault]:
    """Find what the stated ground lacks, and its dates that cannot be."""
    ground = notice.ground
    if ground.code is GroundCode.NO_TITLE and not rules.no_title:
        # Without a tenancy § 9-11 barely covers the disclosure to Nav.
        yield Fault("/ground/code", Code.GROUND_NOT_COVERED)
    if ground.code in _WITH_CLAUSE and not notice.lease.eviction_clause:
        yield Fault("/lease/eviction_clause", Code.EVICTION_CLAUSE_MISSING)
    for name in (*FACTS[ground.code], "warning_sent_on"):
        on = getattr(ground, name)
        if isinstance(on, date) and on > today:
            yield Fault(f"/ground/{name}", Code.DATE_IN_FUTURE)
    yield from _warning_faults(notice, dates, today, rules)
    yield from _expiry_faults(notice, today)


def needs_warning(ground: Ground, today: date) -> bool:
    """Whether the ground needs a § 4-18 warning: all do but a judgment less than a year old (§ 4-19)."""
    if ground.code is not GroundCode.JUDGMENT or ground.decided_on is None:
        return True
    return add_months(ground.decided_on, 12) <= today


def add_months(day: date, months: int) -> date:
    """Give the same day some months later; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    next_month = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=day.day - 1), next_month - timedelta(days=1))


def _warning_faults(notice: Notice, dates: NoticeDates, today: date, rules: Rules) -> Iterator[Fault]:
    pointer, sent_on = "/ground/warning_sent_on", notice.ground.warning_sent_on
    if sent_on is None:
        if needs_warning(notice.ground, today):
            yield Fault(pointer, Code.WARNING_NOT_SENT)
        return
    claims = notice.breach.claims
    if claims and sent_on < roll(min(claim.due_date for claim in claims)):
        yield Fault(pointer, Code.WARNING_BEFORE_DUE_DATE, against="/breach/claims")
    if rules.sequential_ground and dates.warning is not None and today <= dates.warning.literal:
        yield Fault(pointer, Code.WARNING_PERIOD_RUNNING)


def _expiry_faults(notice: Notice, today: date) -> Iterator[Fault]:
    """Three months after its end the lease runs on, unless the landlord asked for the dwelling (§ 9-2)."""
    ended, asked, began = notice.ground.expired_on, notice.ground.move_out_requested_on, notice.lease.start_date
    if ended is None:
        return
    if ended == today:  # the lease still runs on its last day
        yield Fault("/ground/expired_on", Code.DATE_IN_FUTURE)
    if began is not None and began > ended:
        yield Fault("/ground/expired_on", Code.DATE_CONFLICT, against="/lease/start_date")
    too_late = asked is not None and asked > add_months(ended, _MONTHS_TO_ASK)
    too_soon = asked is not None and add_months(asked, _MONTHS_TO_ASK) < ended
    if too_late or too_soon:
        yield Fault("/ground/move_out_requested_on", Code.DATE_CONFLICT, against="/ground/expired_on")


def takes_claims(ground: Ground) -> bool:
    """Whether the ground can have claims: rescission only for rent that was not paid (§ 9-9 a)."""
    match ground.code:
        case GroundCode.RENT_UNPAID | GroundCode.JUDGMENT:
            return True
        case GroundCode.RESCISSION:
            return ground.breach_kind is BreachKind.PAYMENT
        case GroundCode.LEASE_EXPIRED | GroundCode.LEASE_TERMINATED | GroundCode.NO_TITLE:
            return False


def claim_faults(notice: Notice, today: date) -> Iterator[Fault]:
    """Find claims that the ground does not take, that are not overdue, or that stand twice."""
    claims, deposited = notice.breach.claims, notice.breach.deposited
    as_of = notice.breach.balance_as_of
    if as_of is not None and as_of > today:
        yield Fault("/breach/balance_as_of", Code.DATE_IN_FUTURE)
    if not takes_claims(notice.ground):
        if claims:
            yield Fault("/breach/claims", Code.CLAIMS_NOT_APPLICABLE)
        if deposited:
            yield Fault("/breach/deposited_amount", Code.CLAIMS_NOT_APPLICABLE)
        return
    if not claims and notice.ground.code is GroundCode.RENT_UNPAID:
        yield Fault("/breach/claims", Code.NOTHING_OVERDUE)
    for place, claim in enumerate(claims):
        if roll(claim.due_date) >= today:  # rent due on a Saturday may be paid on Monday (husleieloven § 3-2)
            yield Fault(f"/breach/claims/{place}/due_date", Code.NOTHING_OVERDUE)
        if claim in claims[:place]:
            yield Fault(
                f"/breach/claims/{place}", Code.CLAIM_LISTED_TWICE, against=f"/breach/claims/{claims.index(claim)}"
            )
    if deposited and notice.breach.outstanding_total <= 0:
        # Disputed rent that the tenant has deposited counts as paid (husleieloven § 3-8).
        yield Fault("/breach/deposited_amount", Code.RENT_DEPOSITED)
