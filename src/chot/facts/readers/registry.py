"""Which source formats there are, in the order in which ``--format auto`` asks them; loaded when asked."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import cast

from chot.core.errors import InputError, Problem, UsageError
from chot.core.text import did_you_mean
from chot.facts.readers.base import Reader, Sample

FORMATS: tuple[tuple[str, str], ...] = (
    ("asterisk-cdr", "chot.facts.readers.asterisk_cdr"),
    ("asterisk-cel", "chot.facts.readers.asterisk_cel"),
    ("asterisk-queue-log", "chot.facts.readers.asterisk_queue_log"),
    ("freeswitch-cdr", "chot.facts.readers.freeswitch_cdr"),
    ("vicidial-leads", "chot.facts.readers.vicidial_leads"),
    ("table", "chot.facts.readers.table"),
)
"""(``--format`` name, module that exposes ``READER``). ``table`` comes last: it takes whatever has columns."""

NAMES = tuple(name for name, _ in FORMATS)


def reader(name: str) -> Reader:
    """The reader of the format ``name``; ``UsageError`` when there is no such format."""
    for known, module in FORMATS:
        if known == name:
            return cast("Reader", import_module(module).READER)
    raise UsageError(f"{name!r} is not a format. {did_you_mean(name, ['auto', *NAMES])}")


def recognise(sample: Sample) -> Reader:
    """The first reader that knows the file; ``InputError`` when none does."""
    for candidate in _readers():
        if candidate.recognises(sample):
            return candidate
    fix = f"Name its format with --format ({', '.join(NAMES)}); a table of any layout reads with --format table --mapping FILE."
    raise InputError(Problem(file=str(sample.path), what="the format of this file is not recognised", fix=fix))


def _readers() -> Iterator[Reader]:
    for name, _ in FORMATS:
        yield reader(name)


def sample(path: Path, *, size: int = 65_536) -> Sample:
    """The head of ``path`` for ``recognises``: decoded by its byte order mark, else as UTF-8, undecodable bytes replaced.

    Raises ``InputError`` when the file cannot be read.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            data = stream.read(size)
    except (OSError, EOFError, zlib.error) as error:
        what = f"the file cannot be read ({getattr(error, 'strerror', None) or error})"
        raise InputError(Problem(file=str(path), what=what)) from None
    text = data.decode(_encoding(data), "replace").removeprefix("\ufeff")
    return Sample(path=path, text=text, lines=text.splitlines()[:200])


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"
