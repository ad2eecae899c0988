"""Multipart forms, read strictly: as a server does that refuses what it does not know."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import NamedTuple, cast

from starlette.requests import Request


class Part(NamedTuple):
    """One part of a form: a field, or (with a file name) a file."""

    name: str
    file_name: str | None
    media_type: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")


async def parts_of(request: Request) -> list[Part]:
    """Read the parts of a form in their order; none if the request is no form."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return []
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + await request.body())
    return [_part(cast("EmailMessage", part)) for part in message.iter_parts()]


def _part(part: EmailMessage) -> Part:
    name = part.get_param("name", header="content-disposition")
    content = part.get_payload(decode=True)
    return Part(str(name), part.get_filename(), part.get_content_type(), content if isinstance(content, bytes) else b"")
