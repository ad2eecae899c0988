"""`varsling submit`: sends a file of notices in batches, with a line for each. Repeating it stores nothing twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from varsling.client.api import WAITS, Api, ApiRefused, printable
from varsling.client.files import Row

# Small enough that the bar moves, and that a batch stays far below the contract's 4 MiB.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one notice: its answer, or the problem that refused it."""

    row: Row
    status: int
    answer: dict[str, Any]

    @property
    def accepted(self) -> bool:
        return self.status < 300

    @property
    def decided(self) -> bool:
        """False for a notice that the service could not decide now: sent again it may be accepted."""
        return self.status < 500 and self.answer.get("code") != "request-in-progress"

    def line(self) -> str:
        """Describe the outcome in one line: the place in the file, the reference, and the result."""
        said = self._accepted() if self.accepted else self._refused()
        return f"{self.row.place:>5}  {self.row.reference}  {printable(said)}"

    def _accepted(self) -> str:
        answer = self.answer
        office = answer.get("office") or {"name": "office to be found"}
        petition = answer.get("dates", {}).get("petition", {}).get("recommended", "–")
        remarks = ", ".join(remark["code"] for remark in answer.get("remarks", []))
        said = f"{self.status} {answer.get('status', 'fine')}  {office['name']}  petition not before {petition}"
        return f"{said}  ({remarks})" if remarks else said

    def _refused(self) -> str:
        faults = "; ".join(
            f"{fault.get('pointer') or '/'} {fault.get('code')}: {fault.get('detail', '')}".strip()
            for fault in self.answer.get("errors", [])
        )
        said = f"{self.status} {self.answer.get('code')}"
        return f"{said}  {faults or self.answer.get('detail', '')}"


def submit(api: Api, rows: Sequence[Row], *, check: bool = False) -> Iterator[Result]:
    """Send every notice, or with `check` ask for its verdict alone. Gives the results in order.

    A notice that was accepted before gives its first answer again: after an interruption, send the file again.

    Raises ApiUnreachable if no server answers, ApiRefused if a whole batch is refused (token, scope).
    """
    waiting = iter(rows)
    path = "/v1/notices/check" if check else "/v1/notices/batch"
    while batch := list(islice(waiting, BATCH)):
        yield from _decided(api, path, batch)


def _decided(api: Api, path: str, batch: Sequence[Row]) -> list[Result]:
    """Send a batch, and again what was not decided in it: that is no refusal."""
    results = _send(api, path, batch)
    for pause in WAITS:
        undecided = [place for place, one in enumerate(results) if not one.decided]
        if not undecided:
            break
        api.wait(pause)
        again = _send(api, path, [batch[place] for place in undecided])
        for place, result in zip(undecided, again, strict=True):
            results[place] = result
    return results


def _send(api: Api, path: str, batch: Sequence[Row]) -> list[Result]:
    answer = api.post(path, {"items": [{"notice": row.notice} for row in batch]})
    results = answer.get("results")
    if not isinstance(results, list) or len(results) != len(batch):
        problem = {"code": "not-varsling", "detail": "The answer does not have a result for each notice."}
        raise ApiRefused(200, problem)
    return [
        Result(row, int(result["status"]), result.get("notice") or result.get("problem") or {})
        for row, result in zip(batch, results, strict=True)
    ]
