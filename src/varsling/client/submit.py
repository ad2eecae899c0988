"""`varsling submit`: sends a file of notices in batches, with a line for each. Repeating it stores nothing twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from varsling.client.api import WAITS, Api, ApiRefused, printable
from varsling.client.columns import Language, day_word, of_cell, status_word, word
from varsling.client.files import Row

# Small enough that the bar moves, and that a batch stays far below the contract's 4 MiB.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one notice: its answer, or the problem that refused it."""

    row: Row
    status: int
    answer: dict[str, Any]
    checked: bool = False
    """Only the verdict was asked for."""

    @property
    def accepted(self) -> bool:
        return self.status < 300

    @property
    def decided(self) -> bool:
        """False for a notice that the service could not decide now: sent again it may be accepted."""
        return self.status < 500 and self.answer.get("code") != "request-in-progress"

    def line(self, language: Language = Language.EN) -> str:
        """Describe the outcome in one line: the place in the file, the reference, and the result."""
        said = self._accepted(language) if self.accepted else self._refused(language)
        return f"{self.row.place:>5}  {self.row.reference}  {self._outcome(language)}  {printable(said)}"

    def _outcome(self, language: Language) -> str:
        if self.accepted:
            return word("would_be" if self.checked else "accepted", language)
        return word("refused" if self.decided else "undecided", language)

    def cells(self, language: Language) -> dict[str, str]:
        """Give the outcome as cells of a table, by the words for its columns."""
        answer, office = self.answer, self.answer.get("office") or {}
        petition = answer.get("dates", {}).get("petition") or {}
        remarks = answer.get("remarks", [])
        return {
            "row": str(self.row.place),
            "reference": self.row.reference,
            "outcome": self._outcome(language),
            "code": str(answer.get("code", "")),
            "notice": answer.get("id") or "",
            "status": status_word(answer.get("status") or "", language) if self.accepted and not self.checked else "",
            "office_number": office.get("number", ""),
            "office_name": office.get("name", ""),
            "refused_before": day_word(petition.get("refused_before", ""), language),
            "recommended": day_word(petition.get("recommended", ""), language),
            "working_day": day_word(petition.get("recommended_working_day", ""), language),
            "remarks": " ".join(remark["detail"] for remark in remarks) if self.accepted else "",
            "mend": "" if self.accepted else self._faults(language),
            "choose": _choices(answer.get("candidates", [])),
        }

    def _accepted(self, language: Language) -> str:
        answer = self.answer
        office = answer.get("office") or {"name": word("office_to_be_found", language)}
        petition = (answer.get("dates", {}).get("petition") or {}).get("recommended", "–")
        told, between = ("detail", " ") if self.row.columns else ("code", ", ")
        remarks = between.join(remark[told] for remark in answer.get("remarks", []))
        not_before = word("not_before", language)
        said = f"{office['name']}  {not_before} {day_word(petition, language)}"
        if (
            answer.get("status", "accepted") != "accepted" and not self.checked
        ):  # sent before, and further on its way by now
            said = f"{status_word(answer['status'], language)}  {said}"
        return f"{said}  ({remarks})" if remarks else said

    def _refused(self, language: Language) -> str:
        said = f"{self.answer.get('code')}  {self._faults(language)}"
        chosen = _choices(self.answer.get("candidates", []))
        return f"{said}  {word('choose', language)}: {chosen}" if chosen else said

    def _column(self, fault: Mapping[str, Any], language: Language) -> str:
        place = fault.get("pointer") or ""
        members = fault.get("one_of") or ()
        return ", ".join(self.row.column(f"{place}/{one}", language) for one in members) or self.row.column(
            place, language
        )

    def _detail(self, fault: Mapping[str, Any], language: Language) -> str:
        if not self.row.columns:
            return str(fault.get("detail", ""))
        path = str(fault.get("pointer") or "").strip("/").replace("/", ".")
        code = "one_of" if fault.get("one_of") else str(fault.get("code"))
        if code == "open-notice-exists" and not self._names_existing(path):
            return str(fault.get("detail", ""))
        existing = (self.answer.get("existing") or {}).get("reference", "")
        return (of_cell(code, path, language) or str(fault.get("detail", ""))).replace("{existing}", existing)

    def _names_existing(self, path: str) -> bool:
        """Tell whether the fault is that there is an open notice, and not what an update of it cannot take."""
        return bool(self.answer.get("existing")) and path == "lease.reference"

    def _faults(self, language: Language) -> str:
        """Tell each fault by the column that it stands in."""
        faults = [
            f"{self._column(fault, language)} ({fault.get('code')}): {self._detail(fault, language)}"
            for fault in self.answer.get("errors", [])
        ]
        return "; ".join(faults) or str(self.answer.get("detail", ""))


def _choices(candidates: Sequence[Mapping[str, Any]]) -> str:
    """Write what to choose from, with the office that each leads to."""
    told = []
    for one in candidates:
        office = f" ({one['office']['name']})" if one.get("office") else ""
        told.append(f"{one['number']} {one.get('name') or ''}{office}")
    return ", ".join(told)


def submit(api: Api, rows: Sequence[Row], *, check: bool = False) -> Iterator[Result]:
    """Send every notice, or with `check` ask for its verdict alone. Gives the results in order.

    A notice that was accepted before gives its first answer again: after an interruption, send the file again.

    Raises ApiUnreachable if no server answers, ApiRefused if a whole batch is refused (token, scope).
    """
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield from _decided(api, batch, check=check)


def _decided(api: Api, batch: Sequence[Row], *, check: bool) -> list[Result]:
    """Send a batch, and again what was not decided in it: that is no refusal."""
    results = _send(api, batch, check=check)
    for pause in WAITS:
        undecided = [place for place, one in enumerate(results) if not one.decided]
        if not undecided:
            break
        api.wait(pause)
        again = _send(api, [batch[place] for place in undecided], check=check)
        for place, result in zip(undecided, again, strict=True):
            results[place] = result
    return results


def _send(api: Api, batch: Sequence[Row], *, check: bool) -> list[Result]:
    path = "/v1/notices/check" if check else "/v1/notices/batch"
    answer = api.post(path, {"items": [{"notice": row.notice} for row in batch]})
    results = answer.get("results")
    if not isinstance(results, list) or len(results) != len(batch):
        problem = {"code": "not-varsling", "detail": "The answer does not have a result for each notice."}
        raise ApiRefused(200, problem)
    return [
        Result(row, int(result["status"]), result.get("notice") or result.get("problem") or {}, check)
        for row, result in zip(batch, results, strict=True)
    ]
