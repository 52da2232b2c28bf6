"""Secrets that are kept: sealed under a key that is derived from the installation's secret key."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chot.core.errors import ChotError


class SealError(ChotError):
    """A sealed secret that this installation's key does not open."""


def seal(text: str, key: str, *, purpose: str) -> str:
    """The secret ``text`` as a token that only ``unseal`` with the same key and purpose opens; empty stays empty.

    >>> unseal(seal("quê", "k", purpose="trunk"), "k", purpose="trunk")
    'quê'
    """
    return _fernet(key, purpose).encrypt(text.encode()).decode() if text else ""


def unseal(token: str, key: str, *, purpose: str) -> str:
    """The secret in a token. Raises ``SealError`` when it was sealed under another key or purpose, or was changed."""
    if not token:
        return ""
    try:
        return _fernet(key, purpose).decrypt(token.encode()).decode()
    except InvalidToken:
        raise SealError("a kept secret cannot be opened: the secret key of this installation has changed") from None


def _fernet(key: str, purpose: str) -> Fernet:
    """HKDF (RFC 5869) keeps keys for different purposes apart."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"chot {purpose}".encode()).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def key_id(key: str, *, purpose: str) -> str:
    """What says which key sealed something, without saying anything of the key."""
    return HKDF(algorithm=SHA256(), length=4, salt=None, info=f"chot id of {purpose}".encode()).derive(key.encode()).hex()
