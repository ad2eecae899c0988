"""The notice of the documentation: a synthetic tenant, and a landlord of the tax administration's test series."""

from typing import Any

NOTICE: dict[str, Any] = {
    "reference": "K-1044-2026-11",
    "landlord": {
        "organisation_number": "311758489",
        "name": "Tigerboliger AS",
        "contact": {"name": "Utleie", "email": "utleie@tiger.example", "phone": "+4722000000", "postal_address": None},
    },
    "agent": None,
    "lease": {"reference": "K-1044", "use": "dwelling", "eviction_clause": True, "start_date": None},
    "dwelling": {
        "street": "Sannergata",
        "house_number": "1",
        "house_letter": "B",
        "unit_number": "H0201",
        "postal_code": "0557",
        "city": "Oslo",
        "municipality_number": None,
        "district_number": "030102",
    },
    "tenants": [
        {
            "name": "Kari Testperson",
            "national_id": "01819010001",
            "birth_date": None,
            "language": None,
            "email": "kari@mail.example",
            "phone": None,
            "postal_address": None,
        }
    ],
    "breach": {
        "claims": [
            {
                "due_date": "2026-10-01",
                "original_amount": "12500.00",
                "outstanding_amount": "12500.00",
                "reference": None,
            },
            {
                "due_date": "2026-11-01",
                "original_amount": "12500.00",
                "outstanding_amount": "9000.00",
                "reference": None,
            },
        ],
        "deposited_amount": "0.00",
    },
    "payment": {"account_number": None, "kid": None},
    "ground": {"code": "rent_unpaid", "warning_sent_on": "2026-11-05"},
    "prior_contact": {"reminder_sent_on": "2026-10-20", "outcome": "tried", "tenant_wants_help": None},
    "planned_petition_date": "2026-12-15",
    "petition_filed_on": None,
    "petition_held_until": None,
    "children_in_dwelling": None,
    "attestations": {
        "no_reservation_received": True,
        "reason_to_notify": True,
        "power_of_attorney": None,
        "copy_given": None,
    },
    "if_open": "refuse",
}

# For the OpenAPI document: valid on every day, so it has no plan that some day lies in the past.
TIMELESS_NOTICE: dict[str, Any] = NOTICE | {"planned_petition_date": None}

UPDATE: dict[str, Any] = {
    "claims": [{"due_date": "2026-10-01", "original_amount": "12500.00", "outstanding_amount": "8000.00"}],
    "deposited_amount": "500.00",
}
CONTACT: dict[str, Any] = {
    "tenant": "019ad0c4-2c4b-7f4e-9d0a-3c9f0c2b7a11",
    "postal_address": {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"},
}
SETTLEMENT: dict[str, Any] = {"reason": "paid", "on": "2026-11-24"}
WITHDRAWAL: dict[str, Any] = {"reason": "mistake"}
FORWARDING: dict[str, Any] = {"office": "0314", "reason": "wrong_area"}
ACKNOWLEDGEMENT: dict[str, Any] = {"opened_by_person": True, "case_reference": "SAK-2026-101"}
