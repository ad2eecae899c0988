"""Bodies: an answer lists every fault at once by pointer and code, and never a value."""

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from varsling.domain.problems import MAX_FAULTS, Code, Fault, ValidationFailed
from varsling.shapes import Amount, Day, Flag, NationalIdText, OrganisationNumberText, Reference, RequestModel, text
from varsling.web.bodies import validate


class Inner(RequestModel):
    national_id: NationalIdText | None = None
    amount: Amount = 0
    flag: Flag | None = None


class Outer(RequestModel):
    reference: Reference
    on: Day
    kind: Literal["a", "b"] = "a"
    organisation: OrganisationNumberText | None = None
    note: Annotated[str, text(5)] | None = None
    count: Annotated[int, Field(ge=1, le=3)] = 1
    inner: Annotated[tuple[Inner, ...], Field(max_length=2)] = ()


def faults(sent: Any) -> set[tuple[str, str]]:
    with pytest.raises(ValidationFailed) as refusal:
        validate(Outer, sent)
    assert refusal.value.__suppress_context__  # pydantic's error contains the values
    return {(fault.pointer, fault.code.value) for fault in refusal.value.faults}


def test_every_fault_is_named_at_once() -> None:
    sent = {
        "reference": "a b",
        "kind": "c",
        "organisation": "311758488",
        "note": "too long",
        "count": 4,
        "extra": 1,
        "inner": [{}, {}, {}],
    }
    assert faults(sent) == {
        ("/reference", "invalid-format"),
        ("/on", "missing"),
        ("/kind", "out-of-range"),
        ("/organisation", "invalid-organisation-number"),
        ("/note", "out-of-range"),
        ("/count", "out-of-range"),
        ("/extra", "unknown-field"),
        ("/inner", "out-of-range"),
    }


def test_faults_inside_a_list_are_named_by_their_place() -> None:
    sent = {
        "reference": "r",
        "on": "2026-02-30",
        "inner": [{"national_id": "01819010002", "amount": "1,50"}, {"flag": "true", "unknown": 1}],
    }
    assert faults(sent) == {
        ("/on", "invalid-date"),
        ("/inner/0/national_id", "invalid-identity-number"),
        ("/inner/0/amount", "invalid-amount"),
        ("/inner/1/flag", "wrong-type"),
        ("/inner/1/unknown", "unknown-field"),
    }


@pytest.mark.parametrize("sent", [None, [], "text", 1, True, 1.5])
def test_a_body_that_is_no_object_has_one_fault(sent: Any) -> None:
    assert faults(sent) == {("", "wrong-type")}


@pytest.mark.parametrize("value", [1, True, [], {}, 1.0])
def test_text_is_text(value: Any) -> None:
    assert faults({"reference": value, "on": "2026-01-01"}) == {("/reference", "wrong-type")}


def test_null_is_the_same_as_left_out_and_an_unknown_member_is_unknown_all_the_same() -> None:
    assert faults({"reference": None, "on": "2026-01-01", "colour": None}) == {
        ("/reference", "missing"),
        ("/colour", "unknown-field"),
    }


def test_the_name_of_an_unknown_member_is_repeated_only_where_it_can_hold_no_value() -> None:
    with pytest.raises(ValidationFailed) as refusal:
        validate(Inner, {"01819010001": 1, "Kari Testperson": 1, "kari@mail.example": 1, "amuont": 1})
    assert set(refusal.value.faults) == {Fault("", Code.UNKNOWN_FIELD), Fault("/amuont", Code.UNKNOWN_FIELD)}


def test_a_body_of_nothing_but_faults_gets_an_answer_of_bounded_size() -> None:
    with pytest.raises(ValidationFailed) as refusal:
        validate(Inner, {"a" * (1 + number % 40) + "b" * (number // 40): 1 for number in range(1000)})
    assert len(refusal.value.faults) <= MAX_FAULTS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys((*Outer.model_fields, "extra"), JSON)))
def test_whatever_is_sent_is_accepted_or_refused_with_codes_alone(sent: Any) -> None:
    found: tuple[Fault, ...] | None = None
    try:
        validate(Outer, sent)
    except ValidationFailed as refusal:
        found = refusal.faults
    assert found is None or (found and {fault.code for fault in found} <= set(Code))
