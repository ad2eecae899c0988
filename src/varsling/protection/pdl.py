"""PDL, Nav's person register: how strictly an address is protected. Only Nav reaches it.

Source: PDL's GraphQL schema, `hentPerson.adressebeskyttelse.gradering`. Errors come with status 200.
"""

from pathlib import Path
from typing import Any

from varsling import http
from varsling.domain.protection import Protection
from varsling.lookup_cache import NotAnswered

_QUERY = "query($ident: ID!) { hentPerson(ident: $ident) { adressebeskyttelse { gradering } } }"
_GRADES = {
    "UGRADERT": Protection.NONE,
    "FORTROLIG": Protection.CONFIDENTIAL,
    "STRENGT_FORTROLIG": Protection.STRICT,
    "STRENGT_FORTROLIG_UTLAND": Protection.STRICT,
}
_SEVERITY = tuple(Protection)


class Pdl:
    """A client for one process. A call takes at most `seconds`, and follows no redirect.

    `token_file` holds a bearer token that another program renews. `basis` is the `Behandlingsnummer` of the processing.
    """

    def __init__(self, url: str, *, token_file: Path | None, basis: str, seconds: float) -> None:
        self._url = url
        self._token_file = token_file
        self._client = http.client(
            headers={"Accept": "application/json", "Behandlingsnummer": basis},
            read_seconds=seconds,
            connect_seconds=seconds,
        )

    def protection(self, national_id: str) -> Protection:
        """Find the strictest grade in force; none for a number that PDL does not know. Raises NotAnswered."""
        try:
            answer = self._client.post(
                self._url, json={"query": _QUERY, "variables": {"ident": national_id}}, headers=self._authorisation()
            )
            document = answer.json() if answer.status_code == 200 else None
        except (*http.NETWORK_ERRORS, OSError, ValueError) as error:
            raise NotAnswered(type(error).__name__) from None
        if not isinstance(document, dict):
            raise NotAnswered(f"status-{answer.status_code}")
        return _read(document)

    def close(self) -> None:
        self._client.close()

    def _authorisation(self) -> dict[str, str]:
        if self._token_file is None:
            return {}
        return {"Authorization": f"Bearer {self._token_file.read_text('ascii').strip()}"}


def _read(document: dict[str, Any]) -> Protection:
    if errors := document.get("errors"):
        codes = {_code(error) for error in errors} if isinstance(errors, list) else {"malformed"}
        if codes == {"not_found"}:
            return Protection.NONE
        raise NotAnswered("-".join(sorted(codes)))
    try:
        grades = [_GRADES[one["gradering"]] for one in document["data"]["hentPerson"]["adressebeskyttelse"]]
    except (KeyError, TypeError):
        raise NotAnswered("malformed") from None
    return max(grades, key=_SEVERITY.index, default=Protection.NONE)


def _code(error: object) -> str:
    """Give the error's code. Its message may quote the number."""
    extensions = error.get("extensions") if isinstance(error, dict) else None
    code = extensions.get("code") if isinstance(extensions, dict) else None
    known = {"not_found", "unauthorized", "unauthenticated", "bad_request", "server_error"}
    return code if code in known else "unknown"
