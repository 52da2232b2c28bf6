"""Which column of an Asterisk CDR file is which: found by what the cells look like, as the file names none."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chot.core.text import key

MASTER = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
"""The order of ``cdr-csv``: Master.csv."""

CLID_FIRST = (*MASTER[4:5], *MASTER[1:4], *MASTER[5:], "accountcode")
"""The order of the sample ``cdr_custom.conf`` and of what grew from it."""

WIDTHS = range(16, 28)
DELIMITERS = (",", ";", "\t")

_NEEDED = ("src", "dst", "channel", "dstchannel", "disposition")
_NAMES = {
    "calldate": "start", "starttime": "start", "start_time": "start", "answertime": "answer", "answer_time": "answer", "endtime": "end",
    "end_time": "end", "source": "src", "destination": "dst", "linked_id": "linkedid", "unique_id": "uniqueid", "dcontext": "dcontext",
    "caller_id": "clid", "callerid": "clid", "dst_channel": "dstchannel", "account_code": "accountcode", "bill_sec": "billsec",
}  # fmt: skip
_KNOWN = frozenset({*MASTER, "uniqueid", "userfield", "linkedid", "sequence", "peeraccount", *_NAMES})

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:Z|[+-][0-9:]{4,6})?|[0-9]{9,10}(?:\.[0-9]+)?"
)
_COUNT = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DISPOSITION = re.compile(r"ANSWER(?:ED)?|NO[ _]?ANSWER|BUSY|FAILED|CONGESTION|CANCEL(?:LED)?|CHANUNAVAIL|DONTCALL|TORTURE|INVALIDARGS")
_UNIQUE = re.compile(r"(?:.*[^0-9])?[0-9]{9,10}\.[0-9]+")  # 1795368283.0, pbx1-1795368283.0
_FEWEST_SHARE = 2  # at least one row of two must look like a CDR


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The delimiter, whether the first row is a header, the widths that rows have, and the place of each column."""

    delimiter: str
    header: bool
    widths: tuple[int, ...]
    places: Mapping[str, int]

    @property
    def width(self) -> int:
        """The widest row; narrower ones end earlier (the system was told to log more columns later)."""
        return self.widths[-1]


def find_layout(lines: Sequence[str], later: Sequence[str] = ()) -> Layout | None:
    """The layout of a file by its first lines and some ``later`` ones; None when they are no CDR."""
    for delimiter in DELIMITERS:
        rows = _rows(lines, delimiter)
        if not rows:
            continue
        names = _header(rows[0])
        if names:
            return Layout(delimiter=delimiter, header=True, widths=(len(rows[0]),), places=names)
        for base in (MASTER, CLID_FIRST):
            good = [row for row in rows if _fits(row, base)]
            if good and len(good) * _FEWEST_SHARE >= len(rows):
                good += [row for row in _rows(later, delimiter) if _fits(row, base)]
                widths = tuple(sorted({len(row) for row in good}))
                return Layout(delimiter=delimiter, header=False, widths=widths, places=_with_extras(base, good))
    return None


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The complete records of the sample; a line that breaks the quoting is passed over."""
    rows: list[list[str]] = []
    for line in lines:
        try:
            rows += csv.reader([line], delimiter=delimiter)
        except csv.Error:
            continue
    return [row for row in rows if len(row) > 1]


def _header(row: Sequence[str]) -> dict[str, int]:
    keys = [key(cell) for cell in row]
    names = [_NAMES.get(name, name) for name in keys]
    if not all(name in names for name in (*_NEEDED, "start")) or not {"billsec", "duration"} & set(names):
        return {}
    return {name: place for place, name in reversed(list(enumerate(names))) if name in _KNOWN}


def _fits(row: Sequence[str], base: tuple[str, ...]) -> bool:
    if len(row) not in WIDTHS:
        return False
    cell = dict(zip(base, row, strict=False))
    return bool(
        _TIME.fullmatch(cell["start"])
        and _TIME.fullmatch(cell["end"])
        and (not cell["answer"] or _TIME.fullmatch(cell["answer"]))
        and _COUNT.fullmatch(cell["duration"])
        and _COUNT.fullmatch(cell["billsec"])
        and _DISPOSITION.fullmatch(cell["disposition"])
    )


def _with_extras(base: tuple[str, ...], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """The fixed columns, then what stands behind them: the first id is uniqueid, the next linkedid, a bare count the sequence."""
    places = dict(zip(base, range(len(base)), strict=True))
    free = ["uniqueid", "linkedid"]
    width = max(map(len, rows))
    for place in range(len(base), width):
        cells = [row[place] for row in rows if len(row) > place and row[place]]
        if cells and free and all(_UNIQUE.fullmatch(cell) for cell in cells):
            places[free.pop(0)] = place
        elif cells and "uniqueid" in places and place == width - 1 and all(cell.isdigit() for cell in cells):
            places["sequence"] = place
    return places
