"""Each format knows its own files and no other; a damaged file never ends in anything but a message or rejects."""

from __future__ import annotations

import gzip
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.facts.readers.registry import NAMES, reader, recognise, sample
from tests.facts.readers.collecting import collect, written

DATA = Path(__file__).resolve().parents[2] / "data"
FILES = {
    "asterisk/Master.csv": "asterisk-cdr",
    "asterisk/Custom.csv": "asterisk-cdr",
    "asterisk/Linked.csv": "asterisk-cdr",
    "asterisk/cel.csv": "asterisk-cel",
    "asterisk/cel_text.csv": "asterisk-cel",
    "asterisk/queue_log": "asterisk-queue-log",
    "freeswitch/Master.csv": "freeswitch-cdr",
    "vicidial/leads.pipe": "vicidial-leads",
    "vicidial/leads.tab": "vicidial-leads",
    "vicidial/leads.csv": "vicidial-leads",
    "vicidial/export.txt": "vicidial-leads",
    "asterisk/sip_legs.csv": "table",
    "asterisk/expected.csv": "table",
}
SOURCES = [name for name in NAMES if name != "table"]
MAPPINGS = {"vicidial-leads": {"assigned_at": "2026-11-01", "agent_id": "a01"}}


@pytest.mark.parametrize(("file", "name"), FILES.items())
def test_own_files_and_no_others(file: str, name: str) -> None:
    head = sample(DATA / file)
    assert [each for each in SOURCES if reader(each).recognises(head)] == [each for each in (name,) if each != "table"]
    assert recognise(head).name == name


@pytest.mark.parametrize("table", sorted((DATA / "tables").glob("*")), ids=lambda path: path.name)
def test_no_table_is_taken_for_a_log(table: Path) -> None:
    head = sample(table)
    assert [each for each in SOURCES if reader(each).recognises(head)] == []


@pytest.mark.parametrize("file", [file for file, name in FILES.items() if name != "table"])
def test_packed_or_with_a_byte_order_mark_or_windows_line_ends(file: str, tmp_path: Path) -> None:
    """The same rows come out."""
    name, text = FILES[file], (DATA / file).read_text(encoding="utf-8")
    mapping = MAPPINGS.get(name)
    plain = collect(name, DATA / file, tmp_path / "0", mapping=mapping)
    packed = tmp_path / "log.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    marked = written(tmp_path / "marked", "\ufeff" + text)
    windows = tmp_path / "windows"
    windows.write_bytes(text.replace("\n", "\r\n").encode())
    assert plain.tables
    assert plain.rejects == []
    for number, path in enumerate((packed, marked, windows), 1):
        assert recognise(sample(path)).name == name
        found = collect(name, path, tmp_path / str(number), mapping=mapping)
        assert (found.tables, found.rejects, found.source_rows) == (plain.tables, [], plain.source_rows), path


DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.integers(0, 40),
        st.one_of(st.binary(max_size=12), st.sampled_from([b'"', b"\n", b",", b"|", b"\x00", b"\xff", b"\r", b"-1", b"9" * 30, b'""', b"\xef\xbb\xbf"])),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("file", ["asterisk/Master.csv", "asterisk/Linked.csv", "asterisk/cel.csv", "asterisk/queue_log", "freeswitch/Master.csv",
                                  "vicidial/leads.pipe", "vicidial/leads.csv", "vicidial/export.txt"])  # fmt: skip
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=DAMAGE, keep=st.integers(40, 8_000))
def test_damaged_files(file: str, damage: list[tuple[int, int, bytes]], keep: int, tmp_path: Path) -> None:
    """Bytes cut out, put in, torn off: rows, folds and rejects still add up, and every row given keeps the contract."""
    data = (DATA / file).read_bytes()[:keep]
    for place, length, put in damage:
        at = place % (len(data) + 1)
        data = data[:at] + put + data[at + length :]
    path = tmp_path / "damaged"
    path.write_bytes(data)
    name = FILES[file]
    shutil.rmtree(tmp_path / "scratch", ignore_errors=True)
    reader(name).recognises(sample(path))
    with suppress(InputError):
        collect(name, path, tmp_path / "scratch", mapping=MAPPINGS.get(name))


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any"
    path.write_bytes(data)
    assert not reader(name).recognises(sample(path)) or b"\n" in data or len(data) > 40
    with suppress(InputError):
        collect(name, path, tmp_path / "scratch")
