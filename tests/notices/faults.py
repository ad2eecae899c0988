"""Every fault of a notice by itself: the change to the contract's example, its code, and its place."""

from typing import Any

from tests.notices.bodies import ABSENT, OLA, Path, tenant

WARNED = "2026-11-05"
CLAIM = {"due_date": "2026-10-01", "original_amount": "100.00", "outstanding_amount": "100.00"}
LANDLORD_NUMBER: Path = ("landlord", "organisation_number")
TENANT: Path = ("tenants", 0)
WARNING: Path = ("ground", "warning_sent_on")
FIRST_CLAIM: Path = ("breach", "claims", 0)

Case = tuple[tuple[tuple[Path, Any], ...], str, str]

SHAPE: tuple[Case, ...] = (
    (((("reference",), ABSENT),), "missing", "/reference"),
    (((("remark",), "x"),), "unknown-field", "/remark"),
    ((((*FIRST_CLAIM, "note"), "x"),), "unknown-field", "/breach/claims/0/note"),
    (((("reference",), "no spaces"),), "invalid-format", "/reference"),
    (((("reference",), "a\x00b"),), "invalid-text", "/reference"),
    (((("payment",), {"kid": "18"}),), "missing", "/payment/account_number"),
    ((((*TENANT, "name"), "Kari\u202eTestperson"),), "invalid-text", "/tenants/0/name"),
    ((((*TENANT, "national_id"), "01819010002"),), "invalid-identity-number", "/tenants/0/national_id"),
    ((((*TENANT, "national_id"), None),), "missing", "/tenants/0"),
    (((LANDLORD_NUMBER, "311758480"),), "invalid-organisation-number", "/landlord/organisation_number"),
    (((("payment", "account_number"), "12345678901"),), "invalid-account-number", "/payment/account_number"),
    (((("payment",), {"account_number": "12345678903", "kid": "123"}),), "invalid-kid", "/payment/kid"),
    (((WARNING, "2026-11-31"),), "invalid-date", "/ground/warning_sent_on"),
    (((WARNING, 20261105),), "wrong-type", "/ground/warning_sent_on"),
    (((("lease", "eviction_clause"), "yes"),), "wrong-type", "/lease/eviction_clause"),
    ((((*FIRST_CLAIM, "outstanding_amount"), "12500.01"),), "out-of-range", "/breach/claims/0/outstanding_amount"),
    ((((*FIRST_CLAIM, "outstanding_amount"), "0.00"),), "out-of-range", "/breach/claims/0/outstanding_amount"),
    (((("tenants",), []),), "out-of-range", "/tenants"),
    (((("tenants",), [tenant(place) for place in range(11)]),), "out-of-range", "/tenants"),
    (((("breach", "claims"), [CLAIM] * 37),), "out-of-range", "/breach/claims"),
    (((("landlord", "name"), None),), "missing", "/landlord/name"),
    (((("ground", "expired_on"), "2026-09-30"),), "unknown-field", "/ground/expired_on"),
    (((("ground",), {"code": "judgment"}),), "missing", "/ground/decided_on"),
    (
        (
            (
                ("ground",),
                {
                    "code": "rescission",
                    "warning_sent_on": "2026-11-05",
                    "rescinded_on": "2026-11-05",
                    "breach_kind": "f",
                },
            ),
        ),
        "out-of-range",
        "/ground/breach_kind",
    ),
    (((("prior_contact",), {"outcome": "perhaps"}),), "out-of-range", "/prior_contact/outcome"),
    (((("attestations", "reason_to_notify"), ABSENT),), "missing", "/attestations/reason_to_notify"),
    (
        ((((*TENANT, "postal_address")), {"lines": ["Nygata 5"], "postal_code": "A1", "city": "Oslo"}),),
        "invalid-format",
        "/tenants/0/postal_address/postal_code",
    ),
    (((("landlord", "contact"), {"phone": "+4722000000"}),), "missing", "/landlord/contact"),
)

LAW: tuple[Case, ...] = (
    (((("planned_petition_date",), "2026-12-06"),), "petition-too-early", "/planned_petition_date"),
    (((("planned_petition_date",), "2026-11-22"),), "planned-date-passed", "/planned_petition_date"),
    (
        ((("planned_petition_date",), None), (("petition_filed_on",), "2026-11-24")),
        "date-in-future",
        "/petition_filed_on",
    ),
    (((WARNING, "2026-11-24"), (("planned_petition_date",), None)), "date-in-future", "/ground/warning_sent_on"),
    (((WARNING, None),), "warning-not-sent", "/ground/warning_sent_on"),
    (((WARNING, "2026-09-30"),), "warning-before-due-date", "/ground/warning_sent_on"),
    (((("petition_filed_on",), "2026-11-20"),), "date-conflict", "/planned_petition_date"),
    (((("petition_held_until",), "2026-12-16"),), "date-conflict", "/planned_petition_date"),
    (
        ((("ground",), {"code": "no_title", "warning_sent_on": "2026-11-05"}), (("breach",), {})),
        "ground-not-covered",
        "/ground/code",
    ),
    (((("breach", "claims"), [CLAIM, CLAIM]),), "claim-listed-twice", "/breach/claims/1"),
    (((("attestations", "reason_to_notify"), False),), "reason-not-attested", "/attestations/reason_to_notify"),
    ((((*TENANT, "name"), "Kari 01819010001"),), "identity-number-in-text", "/tenants/0/name"),
    (
        (
            (
                ("dwelling",),
                {"address_line": "Sannergata 1, 018190 10001", "postal_code": "0557", "district_number": "030102"},
            ),
        ),
        "identity-number-in-text",
        "/dwelling/address_line",
    ),
    (((("lease", "eviction_clause"), False),), "eviction-clause-missing", "/lease/eviction_clause"),
    (
        ((("ground",), {"code": "lease_terminated", "warning_sent_on": "2026-11-05", "terminated_on": "2026-07-31"}),),
        "claims-not-applicable",
        "/breach/claims",
    ),
    (((("breach", "claims"), []),), "nothing-overdue", "/breach/claims"),
    ((((*FIRST_CLAIM, "due_date"), "2026-11-23"),), "nothing-overdue", "/breach/claims/0/due_date"),
    (((("breach", "deposited_amount"), "21500.00"),), "rent-deposited", "/breach/deposited_amount"),
    (((("lease", "use"), "holiday"),), "not-a-dwelling", "/lease/use"),
    (((("lease", "use"), "commercial"),), "not-a-dwelling", "/lease/use"),
    (((("tenants",), [{"name": "Bolig AS", "birth_date": "1990-01-01"}]),), "tenant-not-a-person", "/tenants/0/name"),
    (((("tenants",), [OLA, OLA]),), "tenant-listed-twice", "/tenants/1"),
    ((((*TENANT, "birth_date"), "1990-01-02"),), "birth-date-conflict", "/tenants/0/birth_date"),
    ((((*TENANT, "national_id"), "02013299997"),), "real-id-in-test", "/tenants/0/national_id"),
    (((("reference",), "N-01819010001"),), "identity-number-in-reference", "/reference"),
    (
        ((("attestations", "no_reservation_received"), False),),
        "reservation-not-attested",
        "/attestations/no_reservation_received",
    ),
    (((("dwelling", "street"), "Postboks 1"),), "not-a-street-address", "/dwelling/street"),
    (((("dwelling", "postal_code"), "0000"),), "unknown-postal-code", "/dwelling/postal_code"),
    (((("dwelling", "municipality_number"), "9999"),), "unknown-municipality", "/dwelling/municipality_number"),
)
