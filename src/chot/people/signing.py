"""The company's signature under documents that people keep: pay statements, announced plans."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from chot.core import clock
from chot.printing import signing
from chot.printing.signing import Signature, Signer


def signed(pdf: bytes, *, reason: str = "", at: datetime | None = None) -> bytes:
    """The PDF with the company's PAdES signature, dated ``at`` (else now).

    Sign a document once and keep the bytes: each signing gives another file.
    """
    return signing.sign(pdf, _signer(settings.VAR, settings.SIGNING_KEY), at=at or clock.now(), reason=reason)


def signature(pdf: bytes) -> Signature | None:
    """Who signed a PDF, whether it is whole, and whether the signature is this company's; None without one."""
    return signing.verified(pdf, _signer(settings.VAR, settings.SIGNING_KEY).signing_cert)


def certificate() -> bytes:
    """The company's certificate (DER), for readers outside who want to check a signature."""
    found = _signer(settings.VAR, settings.SIGNING_KEY).signing_cert
    assert found is not None
    return bytes(found.dump())


@cache
def _signer(var: Path, given: str) -> Signer:
    if given:
        return signing.given_signer(Path(given), settings.SIGNING_PASSPHRASE)
    return signing.company_signer(var / "signing" / "company.pem", company=settings.COMPANY, at=clock.now())
