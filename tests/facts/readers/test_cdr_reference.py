"""The reader of call detail records against its rules written another way: on real files, generated ones, and ones broken at will."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.importing import write_cdr
from chot.core.errors import InputError
from chot.facts import records
from chot.facts.readers import asterisk_cdr, cdr_parts
from chot.facts.readers.base import Options
from tests.facts.readers.cdr_reference import reference
from tests.facts.readers.collecting import Collected, collect

CAPTURE = Path(__file__).resolve().parents[2] / "data/asterisk"
NAMES = ["Master.csv", "Custom.csv", "Linked.csv"]


def same(path: Path, *, tz: str = "Asia/Ho_Chi_Minh", mapping: dict[str, object] | None = None) -> Collected | None:
    """Both readings, which must agree on every row, reject and count; None when both refuse the file."""
    scratch = path.parent / "scratch"
    try:
        wanted = reference(path, scratch, Options(tz=tz, mapping=mapping))
    except InputError as error:
        with pytest.raises(InputError, match=re.escape(str(error))):
            collect("asterisk-cdr", path, scratch, tz=tz, mapping=mapping)
        return None
    found = collect("asterisk-cdr", path, scratch, tz=tz, mapping=mapping)
    assert sorted(found.rejects, key=lambda each: each.line) == sorted(wanted.rejects, key=lambda each: each.line)
    assert sorted(map(str, found.calls)) == sorted(map(str, wanted.calls))
    assert (found.source_rows, found.given, found.further) == (wanted.source_rows, wanted.given, wanted.further)
    return found


@pytest.fixture(params=["one part", "many parts"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small blocks; and the legs folded at once, or in many parts that go through files."""
    monkeypatch.setattr(records, "BLOCK_BYTES", 3_000)
    if request.param == "many parts":
        monkeypatch.setattr(asterisk_cdr, "PART_BYTES", 4_000)
        monkeypatch.setattr(cdr_parts, "HELD_ROWS", 20)
    return str(request.param)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_real_system_in_any_order_of_rows(name: str, seed: int, parts: str, tmp_path: Path) -> None:
    lines = (CAPTURE / name).read_text(encoding="utf-8").splitlines(keepends=True)
    if seed:
        random.Random(seed).shuffle(lines)
    path = tmp_path / name
    path.write_text("".join(lines), encoding="utf-8")
    found = same(path)
    assert found and (found.source_rows, len(found.calls), found.rejects) == (98, 42, [])


def test_rows_with_and_without_linkedid_in_one_file(parts: str, tmp_path: Path) -> None:
    """The second half of a file logs more columns than the first, and some contacts have legs in both."""
    wide = (CAPTURE / "Linked.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "Linked.csv"
    path.write_text("".join(line if at % 3 else line.rsplit(",", 2)[0] + ',"",0\n' for at, line in enumerate(wide)), encoding="utf-8")
    found = same(path)
    assert found and len(found.calls) >= 42


def test_the_file_of_the_benchmark(parts: str, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    write_cdr(path, 3000)
    found = same(path)
    assert found and found.source_rows == 3000 and found.rejects and found.further > 1000


CHANNELS = ["SIP/1001", "SIP/1002", "PJSIP/a-b", "SIP/viettel", "DAHDI/i1", "Local/1001@members", "Local/0912345678@out", "SIP/lan", ""]
CLOCKS = ["2026-10-25 00:59:59", "2026-10-25 01:30:00", "2026-10-25 01:30:04", "2026-10-25 02:30:00.5", "1793000000"]


def leg(chance: random.Random, contacts: int) -> str:
    """A leg of one of some contacts, at one of a few moments, between any two channels."""
    near, far = chance.choices(CHANNELS, k=2)
    serial = f"{chance.randrange(300):08x}" + chance.choice(["", "", "", ";1", ";2"])
    start, answer, end = sorted(chance.choices(CLOCKS, k=3), key=CLOCKS.index)
    ids = [f"1790000000.{chance.randrange(contacts)}" for _ in range(2)]
    cells = [
        "", chance.choice(["1001", "0912345678", "+6569001234", "", "anonymous"]), chance.choice(["8000", "0912345679", "s", "84912345678"]),
        chance.choice(["from-trunk", "from-trunk", "from-internal", "x"]), '"X"', f"{near}-{serial}" if near else "",
        f"{far}-{serial}" if far else "", chance.choice(["Queue", "Dial", "VoiceMail", "AgentLogin", ""]),
        chance.choice(["care,t", "sales|x", ""]), start, chance.choice([answer, ""]), chance.choice([end, end, ""]),
        chance.choice(["0", "12", "12", "3.5", ""] * 5 + ["-1", "1x"]), chance.choice(["0", "7", "7", ""]),
        chance.choice(["ANSWERED", "NO ANSWER", "busy", "FAILED", "CANCEL"] * 9 + ["?"]), "DOCUMENTATION",
        ids[0] if chance.random() < 0.97 else "", "", chance.choice([*ids, ids[1], ids[1]]) if chance.random() < 0.95 else "",
    ]  # fmt: skip
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


GOOD = (
    '"","1001","8000","x","","SIP/1001-1","","Dial","","2026-10-25 01:30:00","","2026-10-25 01:30:09","9","0","BUSY","DOCUMENTATION",'
    '"1790000000.9","","1790000000.9"\n'
)


@pytest.mark.parametrize("seed", range(4))
def test_any_legs_become_the_same_contacts(tmp_path: Path, seed: int) -> None:
    """Contacts of one to ten legs that no dialplan would make; some without a linkedid, some without any id."""
    chance = random.Random(seed)
    path = tmp_path / "Master.csv"
    path.write_text(GOOD * 200 + "".join(leg(chance, 300 * 2**seed) for _ in range(1500)), encoding="utf-8")
    mapping = {"contexts": {"x": "in", "from-trunk": "out"}, "agents": {"1001": "a07", "lan": "a01", "1002": "a07"}} if seed % 2 else None
    found = same(path, tz=chance.choice(["Asia/Ho_Chi_Minh", "Europe/Berlin"]), mapping=mapping)
    assert found and found.rejects and len({call["outcome"] for call in found.calls}) == 7


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NAMES), st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3), st.binary(max_size=4)), max_size=12))
@example("Linked.csv", [(0, 0, b"\xef\xbb\xbf"), (800, 1, b"\xed\xa0\x80")])
@example("Linked.csv", [(700, 0, b'"\n\xef\xbb\xbf"')])
def test_any_damage_costs_the_same_rows(tmp_path: Path, name: str, damage: list[tuple[int, int, bytes]]) -> None:
    content = (CAPTURE / name).read_bytes()
    for at, length, put in damage:
        content = content[:at] + put + content[at + length :]
    path = tmp_path / name
    path.write_bytes(content)
    same(path)
