"""Samples of a call in curl, Python and TypeScript, made of the OpenAPI document's own example. Tests run each."""

import json
import pprint
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

# Ids that only the reader's own installation has: each sample takes them from the environment.
_IDS = {"notice_id": "NOTICE", "reservation_id": "RESERVATION"}
TENANT = "019ad0c4-2c4b-7f4e-9d0a-3c9f0c2b7a11"


class Samples(NamedTuple):
    curl: str
    python: str
    typescript: str


class Sample(NamedTuple):
    """A call as its samples make it. `query` and `body` are examples; a `key` is sent as Idempotency-Key."""

    method: str
    path: str
    token: bool
    query: Mapping[str, str] = {}
    body: Mapping[str, Any] | None = None
    key: str | None = None


def samples_of(call: Sample) -> Samples:
    return Samples(_curl(call), _python(call), _typescript(call))


def _address(call: Sample, variable: str) -> str:
    """Write path and query; `variable` writes an environment variable's name in the sample's language."""
    path = re.sub(
        r"\{(\w+)\}", lambda found: variable.format(_IDS[found[1]]) if found[1] in _IDS else "0315", call.path
    )
    return path + ("?" + "&".join(f"{name}={value}" for name, value in call.query.items()) if call.query else "")


def _curl(call: Sample) -> str:
    lines = [f'curl -s "$VARSLING_URL{_address(call, "${}")}"']
    if call.token:
        lines.append('-H "Authorization: Bearer $VARSLING_TOKEN"')
    if call.key is not None:
        lines.append(f'-H "Idempotency-Key: {call.key}"')
    if call.body is not None:
        body = json.dumps(call.body, indent=2, ensure_ascii=False).replace(TENANT, "'\"$TENANT\"'")
        lines += ['-H "Content-Type: application/json"', f"-d '{body}'"]
    return " \\\n  ".join(lines)


def _python(call: Sample) -> str:
    headers = ['"Authorization": f"Bearer {os.environ[\'VARSLING_TOKEN\']}"'] if call.token else []
    if call.key is not None:
        headers.append(f'"Idempotency-Key": "{call.key}"')
    address = _address(call, "{{os.environ['{}']}}")
    arguments = [f"f\"{{os.environ['VARSLING_URL']}}{address}\"", f"headers={{{', '.join(headers)}}}"]
    if call.body is not None:
        body = pprint.pformat(dict(call.body), width=88, sort_dicts=False).replace(
            f"'{TENANT}'", 'os.environ["TENANT"]'
        )
        arguments.append("json=" + body.replace("\n", "\n    "))
    given = "".join(f"    {one},\n" for one in arguments)
    return (
        f"import os\n\nimport httpx\n\nanswer = httpx.{call.method.lower()}(\n{given})\n"
        "answer.raise_for_status()  # the body of a refusal names every fault\nprint(answer.json())\n"
    )


def _typescript(call: Sample) -> str:
    headers = ["Authorization: `Bearer ${process.env.VARSLING_TOKEN}`"] if call.token else []
    if call.body is not None:
        headers.append('"Content-Type": "application/json"')
    if call.key is not None:
        headers.append(f'"Idempotency-Key": "{call.key}"')
    address = _address(call, "${{process.env.{}}}")
    options = [] if call.method == "GET" else [f'method: "{call.method}"']
    options.append("headers: {" + (f" {', '.join(headers)} " if headers else "") + "}")
    if call.body is not None:
        body = json.dumps(call.body, indent=2, ensure_ascii=False).replace(f'"{TENANT}"', "process.env.TENANT")
        options.append("body: JSON.stringify(" + body.replace("\n", "\n  ") + ")")
    given = "".join(f"  {one},\n" for one in options)
    return (
        f"const answer = await fetch(`${{process.env.VARSLING_URL}}{address}`, {{\n{given}}});\n"
        "if (!answer.ok) throw new Error(await answer.text()); // it names every fault\n"
        "console.log(await answer.json());\n"
    )
