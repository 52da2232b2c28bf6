"""Large files sealed in chunks (AES-256-GCM), so that any part opens without the rest.

Each file has a key of its own, so the number of a chunk is its nonce. Name, number and whole length are bound to every chunk:
one that was moved, cut off or taken from another file does not open.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chot.core.sealing import SealError

CHUNK = 65_536
_TAG = 16


def new_key() -> str:
    """A key for one file, as text."""
    return base64.b64encode(AESGCM.generate_key(256)).decode()


def sealed(data: bytes, key: str, name: str) -> bytes:
    """All of ``data`` as sealed chunks.

    >>> opened(sealed(b"xin ch", k := new_key(), "a"), k, "a", 6)
    b'xin ch'
    """
    cipher, size = AESGCM(base64.b64decode(key)), len(data)
    return b"".join(
        cipher.encrypt(_nonce(number), data[start : start + CHUNK], _bound(name, number, size))
        for number, start in enumerate(range(0, size, CHUNK))
    )


def opened(data: bytes, key: str, name: str, size: int, *, first: int = 0) -> bytes:
    """What sealed chunks hold, of which the first is number ``first``. Raises ``SealError``."""
    cipher, step = AESGCM(base64.b64decode(key)), CHUNK + _TAG
    try:
        return b"".join(
            cipher.decrypt(_nonce(number), data[start : start + step], _bound(name, number, size))
            for number, start in enumerate(range(0, len(data), step), first)
        )
    except InvalidTag:
        raise SealError("a sealed file was changed, or is not the one its name says") from None


def read(path: Path, key: str, name: str, size: int, start: int, end: int) -> bytes:
    """The bytes ``start`` to before ``end`` of what a file of ``size`` bytes holds."""

    def part(begin: int, length: int) -> bytes:
        with path.open("rb") as file:
            file.seek(begin)
            return file.read(length)

    return read_from(part, key, name, size, start, end)


def read_from(part: Callable[[int, int], bytes], key: str, name: str, size: int, start: int, end: int) -> bytes:
    """The same of what ``part(first byte, length)`` gives."""
    step, first, last = CHUNK + _TAG, start // CHUNK, max(end - 1, 0) // CHUNK
    data = part(first * step, (last - first + 1) * step)
    found = opened(data, key, name, size, first=first)[start - first * CHUNK : end - first * CHUNK]
    if len(found) != end - start:
        raise SealError("a sealed file is cut off")
    return found


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _bound(name: str, number: int, size: int) -> bytes:
    return f"{name}|{number}|{size}".encode()
