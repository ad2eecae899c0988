"""Contact data: e-mail addresses, phone numbers, languages. Each is kept as the caller gave it."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])")
# Not those that charge whoever rings them: 820 and 829 in Norway, +979, and satellites and shared codes (+881 to +883).
_PHONE = re.compile(r"(?:\+47)?(?!82[09])[2-9][0-9]{7}|\+(?!47|88[123]|979)[1-9][0-9]{6,14}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*|[xX](?:-[A-Za-z0-9]{1,8})+")


def parse_email(text: str) -> str:
    """Check an e-mail address (RFC 5321); its domain may have any letters. Raises ValueError."""
    if len(text) > 254:  # before its domain is encoded: that costs the square of its length
        raise ValueError("too long for an e-mail address")
    local, at, domain = text.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:  # an empty label, or one that is too long
        raise ValueError("not an e-mail address") from None
    too_long = len(local) > 64 or len(local + at + ascii_domain) > 254
    if too_long or not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)):
        raise ValueError("not an e-mail address")
    return text


def parse_phone(text: str) -> str:
    """Check a phone number: E.164, or eight digits for a Norwegian one, without separators, and none that charges its
    caller. Raises ValueError."""
    if not _PHONE.fullmatch(text):
        raise ValueError("not a phone number")
    return text


def parse_language(text: str) -> str:
    """Check a BCP 47 tag. Raises ValueError."""
    if len(text) > 35 or not _LANGUAGE.fullmatch(text):
        raise ValueError("not a language tag")
    return text
