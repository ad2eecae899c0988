"""The output of `varsling registers status`."""

from varsling.offices.register import bundled
from varsling.offices.status import register_status


def test_each_kind_of_facts_with_its_source_and_age() -> None:
    status = register_status()
    assert status.version == bundled().version
    parts = {part.name: part for part in status.parts}
    assert (parts["municipalities"].facts, parts["municipalities"].date) == (357, "2024-01-01")
    assert (parts["postal_codes"].facts, parts["postal_codes"].date) == (5122, None)
    assert (parts["offices"].facts, parts["offices"].date) == (473, "2025-04-16")
    assert all(part.source and part.facts for part in status.parts)


def test_areas_that_wait_for_a_person_with_the_offices_that_may_serve_them() -> None:
    unserved = {area.number: area for area in register_status().unserved}
    assert len(unserved) == 16
    assert (unserved["1112"].name, unserved["1112"].candidates) == ("Lund", ("1101",))
    assert unserved["4214"].candidates == ("0914", "0906")
    assert "0301" not in unserved


def test_areas_whose_office_stands_on_weaker_evidence() -> None:
    doubtful = register_status().doubtful
    assert len(doubtful) == 21
    assert "1812" in doubtful
    assert "0301" not in doubtful
