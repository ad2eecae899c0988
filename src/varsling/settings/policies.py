"""The policies of LAW and DESIGN: what an operator may decide."""

from pydantic import Field

from varsling.domain.policies import (
    GroundRule,
    JointReservation,
    NoTitle,
    PetitionRule,
    PostalCodeDistricts,
    PrivateHomes,
    ReservationBeforeFetch,
)
from varsling.domain.reservation import ReservationScope
from varsling.settings.parts import Part


class PolicySettings(Part):
    """Each with the default that is safest for the tenant."""

    petition_rule: PetitionRule = PetitionRule.ENFORCE
    """A petition date that no reading allows is refused, or (`remark`) pointed out."""
    private_homes: PrivateHomes = PrivateHomes.ENFORCE
    """Whether other premises than homes, public landlords and companies as tenants are refused."""
    no_title: NoTitle = NoTitle.REFUSE
    """A notice that there is no tenancy at all is refused, or (`accept`) taken."""
    ground_rule: GroundRule = GroundRule.PARALLEL
    """The § 4-18 period runs beside the notice's, or (`sequential`) before it."""
    reservation_scope: ReservationScope = ReservationScope.LANDLORD
    """A reservation holds for every lease with the landlord, or (`lease`) for its own alone."""
    reservation_window_days: int = Field(0, ge=0, le=7)
    """Days between the last copy and the first publication, in which a paper letter can be answered."""
    reservation_before_fetch: ReservationBeforeFetch = ReservationBeforeFetch.CLOSE
    """A reservation closes a published notice that no reader has fetched, or (`stand`) lets it stand."""
    joint_reservation: JointReservation = JointReservation.EXCLUDE
    """One of several tenants has reserved: the notice goes for the others, or (`block`) stops."""
    postal_code_districts: PostalCodeDistricts = PostalCodeDistricts.ONE
    """How certain a postal code's district must be before it decides the office."""
    notice_limit: int = Field(3, gt=0)
    """New notices of a landlord about one tenant within `NOTICE_LIMIT_DAYS`."""
    notice_limit_days: int = Field(180, gt=0)
    """See `NOTICE_LIMIT`."""
    letter_received_after_days: int = Field(7, ge=0)
    """When a letter to an office counts as received without a confirmation."""
    integration_active_hours: int = Field(24, gt=0)
    """How long a poll keeps an integration active."""
    idempotency_days: int = Field(30, gt=0)
    """How long an idempotency key gives the first answer again."""
    held_working_days: int = Field(5, gt=0)
    """How long a notice waits for a person before it is blocked."""
    lapse_days: int = Field(90, gt=14)
    """How long after the recommended date a notice without an update lapses."""
    escalation: int = Field(2, gt=0)
    """Working days until a notice that no integration has fetched goes to the office by letter too."""
    unopened: int = Field(3, ge=0)
    """Working days after which a copy that lies unopened in an inbox goes out on paper too; 0: never."""
    reminder_days: int = Field(0, ge=0)
    """Days after publication at which tenants are reminded once, by a short letter that she can stop; 0: never."""
    update_letter_days: int = Field(14, ge=0)
    """The age of a tenant's last copy at which an update goes to her, and with it to the office."""
