"""How people are reached: e-mail addresses, phone numbers, languages."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_NORWEGIAN_PHONE = re.compile(r"[2-9][0-9]{7}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*|[xX](?:-[A-Za-z0-9]{1,8})+")


def parse_email(text: str) -> str:
    """An address that mail can be sent to, the domain in lower case and ASCII (RFC 5321). ValueError otherwise."""
    local, at, domain = text.strip().rpartition("@")
    ascii_domain = domain.encode("idna").decode("ascii").lower()
    address = local + at + ascii_domain
    if len(local) > 64 or len(address) > 254 or not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)):
        raise ValueError("not an e-mail address")
    return address


def parse_phone(text: str) -> str:
    """The number in E.164: `+` and digits. Eight digits alone are Norwegian. ValueError for what is none."""
    number = re.sub(r"[\s().-]", "", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if _NORWEGIAN_PHONE.fullmatch(number):
        number = f"+47{number}"
    if not _PHONE.fullmatch(number):
        raise ValueError("not a phone number")
    return number


def parse_language(text: str) -> str:
    """A well-formed BCP 47 tag, as given. ValueError for what is none."""
    if len(text) > 35 or not _LANGUAGE.fullmatch(text):
        raise ValueError("not a language tag")
    return text
