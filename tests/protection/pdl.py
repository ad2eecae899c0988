"""PDL on loopback: its GraphQL for `adressebeskyttelse`, with errors in answers of status 200, as in PDL."""

import json
from pathlib import Path
from typing import Any

from tests.loopback import Loopback

_ASKED = "hentPerson(ident: $ident) { adressebeskyttelse { gradering } }"


class Pdl(Loopback):
    """`grades` by identity number: an absent number is a person without protection, a number in `strangers` no person.
    `broken` answers every call, `error` is the code of an error in every answer. `asked` lists the numbers in the order
    of the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.grades: dict[str, str] = {}
        self.strangers: set[str] = set()
        self.broken: tuple[int, bytes] | None = None
        self.error: str | None = None
        self.asked: list[str] = []
        self.url = f"{self.origin}/graphql"

    def settings(self, folder: Path) -> dict[str, Any]:
        """The settings of a service that asks here; its token lies in `folder`."""
        token = folder / "pdl-token"
        token.write_text("secret-token\n", "ascii")
        return {"pdl_url": self.url, "pdl_token_file": token, "pdl_behandlingsnummer": "B999"}

    def posted(self, path: str, body: bytes) -> tuple[int, bytes]:
        if self.broken is not None:
            return self.broken
        if path != "/graphql" or not self._admits():
            return 404, b""
        said = json.loads(body)
        number = said["variables"]["ident"]
        self.asked.append(number)
        if self.error is not None:
            return _failed(self.error, f"Fant ikke {number}")
        if _ASKED not in said["query"]:
            return _failed("bad_request", "Validation error")
        if number in self.strangers:
            return _failed("not_found", f"Fant ikke {number}")
        grades = [{"gradering": self.grades[number]}] if number in self.grades else []
        return 200, json.dumps({"data": {"hentPerson": {"adressebeskyttelse": grades}}}).encode()

    def _admits(self) -> bool:
        """Look for the token and the basis of the processing in the last call."""
        given = {name.lower(): value for name, value in self.headers[-1].items()}
        return given.get("authorization", "").startswith("Bearer ") and bool(given.get("behandlingsnummer"))


def _failed(code: str, message: str) -> tuple[int, bytes]:
    error: dict[str, Any] = {"message": message, "extensions": {"code": code, "classification": "ExecutionAborted"}}
    return 200, json.dumps({"errors": [error], "data": {"hentPerson": None}}).encode()
