"""The file of results: a row for each row of the file that was sent, for Excel."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from varsling.client.columns import Language, word
from varsling.client.submit import Result

# A cell that begins so would be computed.
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")


class Results:
    """The results so far, counted, and written row by row: what the file has when a run is cut short has happened."""

    def __init__(self, language: Language, file: Path | None = None) -> None:
        self._language = language
        self._out = None if file is None else file.open("w", encoding="utf-8-sig", newline="")
        self._writer = None if self._out is None else csv.writer(self._out, delimiter=";")
        self._headed = False
        self._codes: Counter[str] = Counter()
        self.accepted = 0

    @property
    def refused(self) -> int:
        return self._codes.total()

    def add(self, result: Result) -> None:
        self.accepted += result.accepted
        if not result.accepted:
            self._codes[str(result.answer.get("code"))] += 1
        if self._writer is None or self._out is None:
            return
        cells = result.cells(self._language)
        if not self._headed:
            self._writer.writerow([word(name, self._language) for name in cells])
            self._headed = True
        self._writer.writerow([f"'{cell}" if cell.startswith(_COMPUTED) else cell for cell in cells.values()])
        self._out.flush()

    def summary(self, *, check: bool) -> Iterator[str]:
        """Tell how many were accepted and refused, and of each code how many."""
        said = word("would_be" if check else "accepted", self._language)
        yield word("summary", self._language).format(accepted=self.accepted, word=said, refused=self.refused)
        yield from (f"  {number:>4} {code}" for code, number in self._codes.most_common())

    def close(self) -> None:
        if self._out is not None:
            self._out.close()


@contextmanager
def results(language: Language, file: Path | None) -> Iterator[Results]:
    """Keep results until the end of the block. Raises OSError if the file cannot be written."""
    kept = Results(language, file)
    try:
        yield kept
    finally:
        kept.close()
