"""VICIdial lead files (pipe, tab or CSV; the loader's order or a header) -> ``leads``, one row per line."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chot.core.errors import InputError, Problem
from chot.core.phones import calling_code, e164
from chot.core.text import key
from chot.facts.encodings import detect
from chot.facts.grids import head_of
from chot.facts.readers.base import Options, Reader, Reject, Sample, Sink
from chot.facts.readers.lead_options import LeadOptions, lead_options
from chot.facts.readers.wall_clock import WallClock, iso
from chot.facts.records import Records, clipped, scan
from chot.facts.written import CellError

LOADER = (
    "vendor_lead_code", "source_id", "list_id", "phone_code", "phone_number", "title", "first_name", "middle_initial", "last_name",
    "address1", "address2", "address3", "city", "state", "province", "postal_code", "country_code", "gender", "date_of_birth",
    "alt_phone", "email", "security_phrase", "comments",
)  # fmt: skip
"""The order of VICIdial's lead loaders; what follows depends on the number of columns."""

_BEHIND = {
    23: (), 24: ("rank",), 25: ("rank", "owner"), 26: ("called_count", "status", "entry_date"),
    27: ("called_count", "status", "entry_date", "multi_alt_phones"), 28: ("called_count", "status", "entry_date", "rank", "owner"),
    29: ("called_count", "status", "entry_date", "rank", "owner", "multi_alt_phones"),
}  # fmt: skip
_LEAST = 20  # a loader file may end after alt_phone
_KNOWN = frozenset({*LOADER, "rank", "owner", "called_count", "status", "entry_date", "multi_alt_phones", "modify_date", "user",
                    "lead_id", "last_local_call_time", "called_since_last_reset", "gmt_offset_now", "entry_list_id"})  # fmt: skip
_NAMES = {"source_code": "source_id", "phone": "phone_number", "country": "country_code", "vendor_id": "vendor_lead_code", "agent": "user"}
_PHONE = re.compile(r"[0-9]{6,16}")
_MARKS = re.compile(r"[\s().+-]+")
_NO_USER = frozenset({"", "VDAD", "VDCL", "0", "ADMIN", "VICIDIAL"})  # the dialler itself, not a person
_FEWEST_HEADERS = 4


class VicidialLeadsReader:
    """The format ``vicidial-leads``; ``lead_options`` says what a mapping may add."""

    name = "vicidial-leads"

    def recognises(self, sample: Sample) -> bool:
        """Whether the first lines have VICIdial's header, or its columns by their shape."""
        return _layout(sample.lines[:100]) is not None

    def read(self, path: Path, sink: Sink, options: Options) -> None:
        """One pass over the file. Raises ``InputError`` when no lead of it can have an agent or a date."""
        wanted = lead_options(options, path=path.name)
        head = head_of(path)
        guess = detect(head)
        codec = guess.codec if guess.encoding else "utf-8"
        layout = _layout(head.decode(codec, "replace").removeprefix("\ufeff").splitlines()[:100])
        if layout is None:
            fix = "It has vendor_lead_code, source_id, list_id, phone_code, phone_number, … in this order or as a header."
            raise InputError(Problem(file=path.name, what="no row has the columns of a VICIdial lead file", fix=fix))
        _check(layout, wanted, path.name)
        leads = _Leads(layout, wanted, WallClock(options.tz, order=wanted.order), sink)
        for records in scan(path, delimiter=layout.delimiter, encoding=codec, quotes=layout.delimiter == ","):
            leads.take(records)


READER: Reader = VicidialLeadsReader()


@dataclass(frozen=True, kw_only=True)
class _Layout:
    delimiter: str
    header: bool
    names: tuple[str, ...]

    def row(self, cells: Sequence[str]) -> Mapping[str, str] | None:
        """The cells by name; None when a row has too few of them."""
        if self.header:
            return dict(zip(self.names, cells, strict=False)) if len(cells) <= len(self.names) else None
        if len(cells) < _LEAST:
            return None
        return dict(zip(_names(len(cells)), cells, strict=False))


def _names(width: int) -> tuple[str, ...]:
    return (*LOADER, *_BEHIND.get(min(max(width, 23), 29), ()))[:width]


def _layout(lines: Sequence[str]) -> _Layout | None:
    for delimiter in ("|", "\t", ","):
        rows = [row for line in lines if (row := _cells(line, delimiter))]
        if not rows:
            continue
        names = tuple(_NAMES.get(name, name) for name in map(key, rows[0]))
        if "phone_number" in names and {"list_id", "vendor_lead_code"} & set(names) and len(_KNOWN & set(names)) >= _FEWEST_HEADERS:
            return _Layout(delimiter=delimiter, header=True, names=names)
        good = [row for row in rows if _fits(row)]
        if good and 2 * len(good) >= len(rows):
            return _Layout(delimiter=delimiter, header=False, names=_names(max(map(len, good))))
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter != ",":
        return line.split(delimiter) if delimiter in line else []
    try:
        return next(iter(csv.reader([line])), [])
    except csv.Error:
        return []


def _fits(row: Sequence[str]) -> bool:
    if not _LEAST <= len(row) <= 60:
        return False
    cell = {name: text.strip() for name, text in zip(LOADER, row, strict=False)}
    return (
        re.fullmatch(r"[0-9]{0,14}", cell["list_id"]) is not None
        and re.fullmatch(r"[0-9]{0,4}", cell["phone_code"]) is not None
        and _PHONE.fullmatch(_MARKS.sub("", cell["phone_number"])) is not None
        and cell["gender"].upper() in ("", "U", "M", "F")
        and re.fullmatch(r"[0-9/-]*", cell["date_of_birth"]) is not None
        and re.fullmatch(r"[0-9().+ -]*", cell["alt_phone"]) is not None
    )


def _check(layout: _Layout, wanted: LeadOptions, file: str) -> None:
    """A file without any date or agent needs them from the mapping."""
    problems = []
    if "entry_date" not in layout.names and wanted.assigned_at is None:
        what = "the file does not say when its leads were assigned (it has no entry_date)"
        problems.append(Problem(file=file, field="assigned_at", what=what, fix="Say it in the mapping, as in assigned_at: 2026-10-01"))
    if not {"owner", "user"} & set(layout.names) and not wanted.agent_id:
        what = "the file does not say whose leads they are (it has neither owner nor user)"
        problems.append(Problem(file=file, field="agent_id", what=what, fix="Say it in the mapping, as in agent_id: a01"))
    if problems:
        raise InputError(problems)


class _Leads:
    """Turns records into rows of ``leads``; a bad line is rejected with its cell."""

    def __init__(self, layout: _Layout, wanted: LeadOptions, clock: WallClock, sink: Sink) -> None:
        self.layout, self.wanted, self.clock, self.sink = layout, wanted, clock, sink
        self.header_waits = layout.header

    def take(self, records: Records) -> None:
        rows, lines = records.rows, list(records.lines)
        if self.header_waits and rows:
            rows, lines, self.header_waits = rows[1:], lines[1:], False
        self.sink.read(len(rows) + len(records.rejects), done_bytes=records.done_bytes)
        for reject in records.rejects:
            self.sink.reject(reject)
        found: list[tuple[dict[str, str | None], int]] = []
        for cells, line in zip(rows, lines, strict=True):
            try:
                found.append((self._lead(cells), line))
            except _BadLeadError as bad:
                self.sink.reject(Reject(line=line, column=bad.column, value=clipped(bad.value), reason=bad.reason))
        if found:
            self.sink.rows("leads", {name: [row[name] for row, _ in found] for name in found[0][0]}, [line for _, line in found])

    def _lead(self, cells: Sequence[str]) -> dict[str, str | None]:
        row = self.layout.row(cells)
        if row is None:
            raise _BadLeadError(
                "", self.layout.delimiter.join(cells), f"has {len(cells)} columns where a lead has {len(self.layout.names)}"
            )
        cell = {name: text.strip() for name, text in row.items()}
        number = self._number(cell)
        self._check_others(cell)
        status = cell.get("status", "")
        return {
            "lead_id": self._lead_id(cell, number),
            "agent_id": self._agent_id(cell),
            "customer_id": number,
            "assigned_at": self._assigned_at(cell),
            "stage": self.wanted.stage(status),
            "stage_at": self._time(cell, "modify_date") if cell.get("modify_date") else None,
        }

    def _number(self, cell: Mapping[str, str]) -> str:
        digits = _MARKS.sub("", cell.get("phone_number", ""))
        if not digits:
            raise _BadLeadError("phone_number", "", "is missing")
        if not _PHONE.fullmatch(digits):
            raise _BadLeadError("phone_number", cell["phone_number"], "is not a number of 6 to 16 digits")
        return full_number(cell.get("phone_code", ""), digits, region=self.wanted.region)

    def _check_others(self, cell: Mapping[str, str]) -> None:
        """The further numbers of a lead: not kept, but a broken one says that the line is broken."""
        alternative = _MARKS.sub("", cell.get("alt_phone", ""))
        if alternative and not _PHONE.fullmatch(alternative):
            raise _BadLeadError("alt_phone", cell["alt_phone"], "is not a number of 6 to 16 digits")
        packed = cell.get("multi_alt_phones", "")
        try:
            packed_numbers(packed, region=self.wanted.region)
        except ValueError as error:
            raise _BadLeadError("multi_alt_phones", packed, str(error)) from None

    def _lead_id(self, cell: Mapping[str, str], number: str) -> str:
        return cell.get("lead_id") or cell.get("vendor_lead_code") or f"{cell.get('list_id') or 'list'}-{number}"

    def _agent_id(self, cell: Mapping[str, str]) -> str:
        for name in ("user", "owner"):
            agent = cell.get(name, "")
            if agent.upper() not in _NO_USER:
                return self.wanted.agents.get(agent, agent)
        if self.wanted.agent_id:
            return self.wanted.agent_id
        raise _BadLeadError("owner", cell.get("owner", ""), "names no agent; say whose it is in the mapping (agent_id)")

    def _assigned_at(self, cell: Mapping[str, str]) -> str | None:
        if cell.get("entry_date"):
            return self._time(cell, "entry_date")
        if self.wanted.assigned_at is None:
            raise _BadLeadError("entry_date", "", "is missing; say it in the mapping (assigned_at)")
        return self._checked("assigned_at", self.wanted.assigned_at)

    def _time(self, cell: Mapping[str, str], name: str) -> str | None:
        return self._checked(name, cell[name])

    def _checked(self, name: str, text: str) -> str | None:
        try:
            return iso(self.clock.instant(text))
        except CellError as error:
            raise _BadLeadError(name, text, str(error)) from None


class _BadLeadError(Exception):
    """A lead cannot be taken in."""

    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason


def full_number(code: str, digits: str, *, region: str) -> str:
    """A number in E.164 from its country code and its digits, with or without the trunk zero.

    VICIdial fills a missing code with 1; a number that does not exist there is read as one of ``region``.

    >>> full_number("84", "0912345678", region="VN"), full_number("1", "0912345678", region="VN")
    ('+84912345678', '+84912345678')
    >>> full_number("65", "69001234", region="VN"), full_number("", "123456", region="VN")
    ('+6569001234', '123456')
    """
    if code in ("", str(calling_code(region))) or digits.startswith("0"):
        return e164(digits, region=region) or digits
    return e164(f"+{code}{digits}", region=region) or e164(digits, region=region) or digits


def packed_numbers(packed: str, *, region: str) -> list[tuple[str, str]]:
    """The (number, note) pairs in ``number_code_note!number_code_note``; code and note may be left out.

    Raises ``ValueError`` with the reason when one of them is malformed.

    >>> packed_numbers("0912345678_84_work!02473001003", region="VN")
    [('+84912345678', 'work'), ('+842473001003', '')]
    """
    found = []
    for entry in packed.split("!") if packed else []:
        number, _, rest = entry.partition("_")
        code, _, note = rest.partition("_")
        digits = _MARKS.sub("", number)
        if not _PHONE.fullmatch(digits) or not re.fullmatch(r"[0-9]{0,4}", code):
            raise ValueError(f"holds {clipped(entry, 40)!r}, which is not number_code_note")
        found.append((full_number(code, digits, region=region), note))
    return found
