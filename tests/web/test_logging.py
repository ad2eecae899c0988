"""The permitted contents of a log line."""

from varsling.app.logging import only_allowed

NUMBER = "01819010001"


def test_numbers_are_struck_out_and_unlisted_fields_dropped() -> None:
    fields = {
        "event": "request",
        "reason": f"of {NUMBER[:6]} {NUMBER[6:]}",
        "count": int(f"1{NUMBER[1:]}"),
        "name": "Kari",
    }
    assert only_allowed(None, "info", fields) == {"event": "request", "reason": "of [number]", "count": "[number]"}


def test_a_trace_id_finds_its_call_whatever_its_digits() -> None:
    trace_id = f"abc{NUMBER}def"
    assert only_allowed(None, "info", {"event": "request", "trace_id": trace_id})["trace_id"] == trace_id
