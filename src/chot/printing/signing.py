"""Signatures in documents: PAdES with the company's key, checked by any PDF reader that trusts its certificate."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import keys, pem, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from chot.core.errors import InputError, Problem

Signer = SimpleSigner
"""A key with its certificate, ready to sign."""
_YEARS = 10
_FIELD = "Company"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a signed document says of itself: ``whole`` means that nothing was changed or added since."""

    signer: str
    at: datetime | None
    reason: str
    whole: bool
    ours: bool


def company_signer(path: Path, *, company: str, at: datetime) -> Signer:
    """The company's key and certificate in ``path``; made there on first use, readable by its owner only.

    Two processes that come first at the same moment end with one key.
    """
    if not path.exists():
        _keep(path, _new_key(company, at))
    blocks = {kind: der for kind, _headers, der in pem.unarmor(path.read_bytes(), multiple=True)}
    return _signer(x509.Certificate.load(blocks["CERTIFICATE"]), keys.PrivateKeyInfo.load(blocks["PRIVATE KEY"]))


def given_signer(path: Path, passphrase: str) -> Signer:
    """The key of a PKCS #12 file (``.p12``, ``.pfx``) that an authority issued. Raises ``InputError`` when it does not open."""
    load: Any = SimpleSigner.load_pkcs12  # untyped
    found: Signer | None = load(str(path), passphrase=passphrase.encode() or None) if path.is_file() else None
    if found is None:
        raise InputError(Problem(file=path.name, what="the signing key does not open", fix="Check CHOT_SIGNING_KEY and its passphrase."))
    return found


def sign(pdf: bytes, signer: Signer, *, at: datetime, reason: str = "", place: str = "") -> bytes:
    """The document with an invisible PAdES signature of all of it, dated ``at``."""
    meta = PdfSignatureMetadata(
        field_name=_FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason or None, location=place or None
    )
    return bytes(_At(meta, signer, at).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf))).getvalue())


def verified(pdf: bytes, certificate: x509.Certificate) -> Signature | None:
    """Who signed a document and whether it is still what was signed; None without a signature.

    ``ours`` says that the signer's certificate is ``certificate``.
    """
    found = PdfFileReader(BytesIO(pdf)).embedded_signatures
    if not found:
        return None
    status = validate_pdf_signature(found[-1], ValidationContext(trust_roots=[certificate], allow_fetching=False))
    sealed = found[-1].sig_object
    return Signature(
        signer=status.signing_cert.subject.native.get("common_name", ""), at=found[-1].self_reported_timestamp,
        reason=str(sealed.get("/Reason", "")), whole=bool(status.intact and status.valid and _covers_all(status)),
        ours=status.signing_cert.dump() == certificate.dump(),
    )  # fmt: skip


def _covers_all(status: Any) -> bool:
    return bool(status.coverage.name == "ENTIRE_FILE")


class _At(PdfSigner):
    """A signer whose day is the caller's clock's."""

    def __init__(self, meta: PdfSignatureMetadata, signer: Signer, at: datetime) -> None:
        super().__init__(meta, signer)
        self._at = at

    def init_signing_session(self, *arguments: Any, **named: Any) -> Any:
        session = super().init_signing_session(*arguments, **named)
        session.system_time = self._at
        return session


def _signer(certificate: x509.Certificate, key: keys.PrivateKeyInfo) -> Signer:
    untyped: Any = SimpleCertificateStore
    store = untyped()
    store.register(certificate)
    return SimpleSigner(signing_cert=certificate, signing_key=key, cert_registry=store)


def _new_key(company: str, at: datetime) -> bytes:
    """A key and the certificate that it signs for itself, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    name = certificates.Name(
        [certificates.NameAttribute(NameOID.COMMON_NAME, company[:64]), certificates.NameAttribute(NameOID.COUNTRY_NAME, "VN")]
    )
    usage = certificates.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = (
        certificates.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=365 * _YEARS))
        .add_extension(usage, critical=True)
        .add_extension(certificates.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return written + built.public_bytes(serialization.Encoding.PEM)


def _keep(path: Path, content: bytes) -> None:
    """Write the file whole or not at all; one that is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _written(path.with_name(f".{path.name}.{secrets.token_hex(8)}"), content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return


@contextmanager
def _written(draft: Path, content: bytes) -> Iterator[Path]:
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
