"""The file of results: a row for each row of the file that was sent, for Excel."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from varsling.client.columns import Language, word
from varsling.client.submit import Result

# A cell that begins so would be computed.
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")


class ResultsUnwritable(Exception):
    """The file of results cannot be written. The message is the system's reason."""


class Results:
    """The results so far, counted, and written row by row: what the file has when a run is cut short has happened."""

    def __init__(self, language: Language, file: Path | None = None) -> None:
        self._language = language
        self._file = file
        self._out: TextIO | None = None
        self._codes: Counter[str] = Counter()
        self._notices: Counter[str] = Counter()
        self.accepted = 0
        if file is not None:
            with _writing():
                file.open("a").close()  # before anything is sent; what it has stays until there is a result

    @property
    def refused(self) -> int:
        return self._codes.total()

    def add(self, result: Result) -> None:
        self.accepted += result.accepted
        if not result.accepted:
            self._codes[str(result.answer.get("code"))] += 1
        elif result.answer.get("id"):
            self._notices[str(result.answer["id"])] += 1
        if self._file is not None:
            with _writing():
                self._write(self._file, result.cells(self._language))

    def _write(self, file: Path, cells: Mapping[str, str]) -> None:
        rows = [[f"'{cell}" if cell.startswith(_COMPUTED) else cell for cell in cells.values()]]
        if self._out is None:
            self._out = file.open("w", encoding="utf-8-sig", newline="")
            rows.insert(0, [word(name, self._language) for name in cells])
        csv.writer(self._out, delimiter=";").writerows(rows)
        self._out.flush()

    def summary(self, *, check: bool) -> Iterator[str]:
        """Tell how many were accepted and refused, and of each code how many."""
        said = word("would_be" if check else "accepted", self._language)
        yield word("summary", self._language).format(accepted=self.accepted, word=said, refused=self.refused)
        if repeated := self._notices.total() - len(self._notices):
            yield word("repeated", self._language).format(rows=repeated)
        yield from (f"  {number:>4} {code}" for code, number in self._codes.most_common())

    def close(self) -> None:
        if self._out is not None:
            self._out.close()


@contextmanager
def _writing() -> Iterator[None]:
    """Raises ResultsUnwritable."""
    try:
        yield
    except OSError as error:
        raise ResultsUnwritable(error.strerror) from None


@contextmanager
def results(language: Language, file: Path | None) -> Iterator[Results]:
    """Keep results until the end of the block. Raises ResultsUnwritable."""
    kept = Results(language, file)
    try:
        yield kept
    finally:
        kept.close()
