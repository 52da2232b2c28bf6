"""What is written and unpacked: configuration that nobody can break out of, packages without root, recordings mended."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from chot.core.errors import InputError
from chot.telephony import configuration, debian, debs, installation, recording, writing
from chot.telephony.configuration import Phone, Trunk

NOWHERE = installation.Installation(version="22", binary="asterisk", modules="", data="data")


@pytest.mark.parametrize("evil", ["x\ntype=endpoint", "x;y", "[x]", "", " x", "a\\b", "x\x00"])
def test_no_value_ends_its_line(tmp_path: Path, evil: str) -> None:
    """In any field of a trunk or a phone."""
    made = configuration.load(tmp_path / "x", tmp_path / "r")
    for trunk in (Trunk(name=evil, host="h"), Trunk(name="t", host=evil), Trunk(name="t", host="h", username="u", password=evil)):
        with pytest.raises(ValueError, match="cannot stand"):
            writing.pjsip(replace(made, trunks=(trunk,)))
    with pytest.raises(ValueError, match="cannot stand"):
        writing.pjsip(replace(made, phones=(Phone(name="lan", digest=evil),)))


def test_secrets_are_random_private_and_kept(tmp_path: Path) -> None:
    """The second load is the first one's exchange; no file can be read by others."""
    one, same = (configuration.load(tmp_path / "x", tmp_path / "r") for _ in range(2))
    assert one == same and one.ari_password != configuration.load(tmp_path / "y", tmp_path / "r").ari_password
    writing.write(one, NOWHERE)
    for path in (tmp_path / "x").rglob("*.*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert "bindaddr=127.0.0.1" in (tmp_path / "x" / "etc" / "http.conf").read_text()


def _package(path: Path, files: dict[str, bytes]) -> Path:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    members = [("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", data.getvalue())]
    body = b"!<arch>\n"
    for name, content in members:
        body += f"{name:<16}{'0':<12}{'0':<6}{'0':<6}{'100644':<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2)
    path.write_bytes(body)
    return path


def test_packages_are_unpacked_without_dpkg(tmp_path: Path) -> None:
    """Files below the prefix; documentation stays in the package."""
    package = _package(tmp_path / "a.deb", {"./usr/lib/a.so": b"a", "./usr/share/doc/a/readme": b"-"})
    assert debs.unpack([package], tmp_path / "root") == ["usr/lib/a.so"]
    assert (tmp_path / "root/usr/lib/a.so").read_bytes() == b"a"


def test_a_package_cannot_write_elsewhere_and_half_a_one_is_refused(tmp_path: Path) -> None:
    """Neither above the prefix, nor from a download that was cut."""
    with pytest.raises(InputError, match="no whole Debian package"):
        debs.unpack([_package(tmp_path / "a.deb", {"../evil": b"x"})], tmp_path / "root")
    assert not (tmp_path / "evil").exists()
    (tmp_path / "root" / "way").symlink_to(tmp_path)
    with pytest.raises(InputError, match="lies outside"):
        debs.unpack([_package(tmp_path / "a.deb", {"./way/evil": b"x"})], tmp_path / "root")
    assert not (tmp_path / "evil").exists()
    half = tmp_path / "half.deb"
    half.write_bytes(_package(tmp_path / "b.deb", {"./usr/lib/a.so": b"a" * 5000}).read_bytes()[:250])
    with pytest.raises(InputError, match="no whole Debian package"):
        debs.unpack([half], tmp_path / "root")


def test_without_apt_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One sentence, no traceback, and nothing is written."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"no apt.*Install Asterisk 20 or later"):
        debian.archive()


def test_a_recording_cut_off_by_a_crash_is_mended(tmp_path: Path) -> None:
    """The header gets the length that is there; a whole one stays as it is."""
    path = tmp_path / "x.wav"
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 0)
    path.write_bytes(head + b"\1\0" * 8000)
    assert recording.duration_ms(path) == 1000
    assert recording.repair(path) is True and recording.repair(path) is False
    import wave

    with wave.open(str(path)) as file:
        assert file.getnframes() == 8000
    assert recording.repair(tmp_path / "none.wav") is False
