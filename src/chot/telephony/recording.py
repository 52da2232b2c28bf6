"""Recordings as Asterisk leaves them: three files per call, their length, and the repair of one that a crash cut off."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_HEADER = 44
_RIFF_LENGTH, _DATA_LENGTH = 4, 40
_BYTES_PER_MS = 16  # 8 kHz, mono, 16 bits


@dataclass(frozen=True, kw_only=True)
class Recording:
    """``mixed``, ``customer`` (what the customer said) and ``agent`` (what the customer heard)."""

    mixed: Path
    customer: Path
    agent: Path

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """All three."""
        return self.mixed, self.customer, self.agent


def named(folder: Path, call_id: str) -> Recording:
    """Where the recording of a call lies."""
    return Recording(mixed=folder / f"{call_id}.wav", customer=folder / f"{call_id}-rx.wav", agent=folder / f"{call_id}-tx.wav")


def lying(folder: Path) -> list[str]:
    """The calls whose recordings lie in a folder."""
    names = (path.stem for path in folder.glob("*.wav"))
    return sorted(name for name in names if not name.endswith(("-rx", "-tx")))


def written_at(folder: Path, call_id: str) -> datetime | None:
    """When the recording of a call was last written: when its customer went, once the file is closed."""
    try:
        return datetime.fromtimestamp(named(folder, call_id).mixed.stat().st_mtime, UTC)
    except OSError:
        return None


def duration_ms(path: Path) -> int:
    """The length of a recording by its size; 0 when it is missing or empty."""
    try:
        return max(0, path.stat().st_size - _HEADER) // _BYTES_PER_MS
    except OSError:
        return 0


def repair(path: Path) -> bool:
    """Write the true length into the header of a file whose writer died; True when something was wrong.

    Asterisk writes the length when it closes the file, so a crash leaves 0 there and players show no sound.
    """
    try:
        size = path.stat().st_size
        with path.open("r+b") as file:
            header = file.read(_HEADER)
            if len(header) < _HEADER or header[:4] != b"RIFF" or header[36:40] != b"data":
                return False
            length = (size - _HEADER) // 2 * 2
            if struct.unpack_from("<I", header, _DATA_LENGTH)[0] == length:
                return False
            file.seek(_RIFF_LENGTH)
            file.write(struct.pack("<I", length + _HEADER - 8))
            file.seek(_DATA_LENGTH)
            file.write(struct.pack("<I", length))
    except OSError:
        return False
    return True
