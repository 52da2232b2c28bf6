"""Signatures: ours is recognised, any change shows, and the key stays with its owner."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from pyhanko.sign.signers import SimpleSigner

from chot.core.clock import ZONE
from chot.core.errors import InputError
from chot.printing import signing
from tests.printing.test_paper import statement

AT = datetime(2026, 11, 5, 9, 30, tzinfo=ZONE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signing")


@pytest.fixture(scope="module")
def signer(folder: Path) -> SimpleSigner:
    return signing.company_signer(folder / "company.pem", company="Công ty Sao Mai", at=AT)


@pytest.fixture(scope="module")
def document(signer: SimpleSigner) -> bytes:
    return signing.sign(statement(), signer, at=AT, reason="Phiếu lương đã chốt")


def test_a_signed_document_says_who_when_and_why(document: bytes, signer: SimpleSigner) -> None:
    found = signing.verified(document, signer.signing_cert)
    assert found == signing.Signature(signer="Công ty Sao Mai", at=AT, reason="Phiếu lương đã chốt", whole=True, ours=True)
    assert document.startswith(statement())
    assert b"/ETSI.CAdES.detached" in document


def test_an_unsigned_document_has_no_signature(signer: SimpleSigner) -> None:
    assert signing.verified(statement(), signer.signing_cert) is None


def test_one_changed_byte_shows(document: bytes, signer: SimpleSigner) -> None:
    at = document.index(b"<pdfaid:conformance>U")
    changed = document[:at] + document[at:].replace(b">U<", b">B<", 1)
    assert len(changed) == len(document)
    found = signing.verified(changed, signer.signing_cert)
    assert found is not None and not found.whole


def test_what_is_added_after_signing_shows(document: bytes, signer: SimpleSigner) -> None:
    found = signing.verified(document + b"\n% more\n", signer.signing_cert)
    assert found is not None and not found.whole


def test_another_companys_signature_is_not_ours(document: bytes, tmp_path: Path) -> None:
    other = signing.company_signer(tmp_path / "company.pem", company="Công ty Sao Mai", at=AT)
    found = signing.verified(document, other.signing_cert)
    assert found is not None and not found.ours


def test_the_key_is_made_once_and_is_its_owners(folder: Path, signer: SimpleSigner) -> None:
    again = signing.company_signer(folder / "company.pem", company="Tên khác", at=AT + timedelta(days=400))
    assert again.signing_cert.dump() == signer.signing_cert.dump()
    assert stat.S_IMODE((folder / "company.pem").stat().st_mode) == 0o600
    assert [each.name for each in folder.iterdir()] == ["company.pem"]


def test_two_first_uses_at_once_end_with_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "company.pem"
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: signing.company_signer(path, company="Chốt", at=AT).signing_cert.dump(), range(2)))
    assert made[0] == made[1]


def test_a_given_key_signs_and_a_wrong_passphrase_says_so(folder: Path, signer: SimpleSigner, tmp_path: Path) -> None:
    pem = (folder / "company.pem").read_bytes()
    bundle = serialize_key_and_certificates(b"chot", load_pem_private_key(pem, None), x509.load_pem_x509_certificate(pem), None, NoEncryption())  # type: ignore[arg-type]
    path = tmp_path / "company.p12"
    path.write_bytes(bundle)
    given = signing.given_signer(path, "")
    found = signing.verified(signing.sign(statement(), given, at=AT), signer.signing_cert)
    assert found is not None and found.ours and found.whole
    path.write_bytes(b"no key at all")
    with pytest.raises(InputError, match="does not open"):
        signing.given_signer(path, "")
