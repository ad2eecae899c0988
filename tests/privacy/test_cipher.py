"""A ciphertext decrypts whole in its own place, and in no other."""

import os
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varsling.privacy.cipher import Cipher, Undecipherable, UnknownKey

KEYS = {"00000001": b"1" * 32, "a0b1c2d3": b"2" * 32}
CIPHER = Cipher(KEYS, "a0b1c2d3")
ROW = UUID("01980000-0000-7000-8000-000000000001")

labels = st.text(min_size=1, max_size=20)
contents = st.binary(max_size=300)


@given(label=labels, row=st.uuids(), plain=contents)
def test_what_goes_in_comes_out(label: str, row: UUID, plain: bytes) -> None:
    blob = CIPHER.encrypt(label, row, plain)
    assert CIPHER.decrypt(label, row, blob) == plain
    assert len(blob) == len(plain) + 33


def test_what_is_stored_shows_nothing_and_is_never_the_same_twice() -> None:
    first, second = (CIPHER.encrypt("content", ROW, b"Kari Testperson") for _ in range(2))
    assert b"Kari" not in first
    assert first != second


@given(label=labels, other=labels, plain=contents)
def test_a_value_under_another_label_is_refused(label: str, other: str, plain: bytes) -> None:
    blob = CIPHER.encrypt(label, ROW, plain)
    if other != label:
        with pytest.raises(Undecipherable):
            CIPHER.decrypt(other, ROW, blob)


@given(plain=contents)
def test_a_value_moved_to_another_row_is_refused(plain: bytes) -> None:
    blob = CIPHER.encrypt("content", ROW, plain)
    with pytest.raises(Undecipherable):
        CIPHER.decrypt("content", uuid4(), blob)


@pytest.mark.parametrize("plain", [b"", b"Kari Testperson"])
def test_a_value_with_any_bit_changed_is_refused(plain: bytes) -> None:
    blob = CIPHER.encrypt("content", ROW, plain)
    for place in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Undecipherable):
            CIPHER.decrypt("content", ROW, bytes(changed))


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", b"\x01" + b"\xa0\xb1\xc2\xd3" + b"0" * 11, b"plain text, no version byte at all"]
)
def test_what_was_never_encrypted_is_refused(blob: bytes) -> None:
    with pytest.raises(Undecipherable):
        CIPHER.decrypt("content", ROW, blob)


def test_a_value_cut_short_or_made_longer_is_refused() -> None:
    blob = CIPHER.encrypt("content", ROW, b"Kari Testperson")
    for changed in (*(blob[:end] for end in range(len(blob))), blob + b"\0"):
        with pytest.raises(Undecipherable):
            CIPHER.decrypt("content", ROW, changed)


def test_a_value_of_an_older_key_is_read_while_the_key_is_there() -> None:
    before, without = Cipher(KEYS, "00000001"), Cipher({"a0b1c2d3": b"2" * 32}, "a0b1c2d3")
    blob = before.encrypt("content", ROW, b"Kari")
    assert CIPHER.key_id(blob) == "00000001"
    assert CIPHER.decrypt("content", ROW, blob) == b"Kari"
    with pytest.raises(UnknownKey, match="00000001"):
        without.decrypt("content", ROW, blob)


def test_a_value_cannot_be_given_another_key() -> None:
    same_secret = Cipher({"00000001": b"1" * 32, "a0b1c2d3": b"1" * 32}, "a0b1c2d3")
    blob = same_secret.encrypt("content", ROW, b"Kari")
    with pytest.raises(Undecipherable):
        same_secret.decrypt("content", ROW, blob[:1] + bytes.fromhex("00000001") + blob[5:])


def test_a_refusal_quotes_nothing() -> None:
    blob = CIPHER.encrypt("content", ROW, os.urandom(16))
    with pytest.raises(Undecipherable) as caught:
        CIPHER.decrypt("other", ROW, blob)
    assert caught.value.__cause__ is None
    assert blob.hex() not in repr(caught.value)
