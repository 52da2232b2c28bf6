"""Legs of call detail records, spilled to a file of DuckDB and folded there: one customer contact, one row.

Texts that repeat (channels without their serial, contexts, queues) are kept as small numbers; who a
channel is and which way a contact went is decided once per combination, by ``numbering``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.phones import PLAIN, calling_code, number_id
from chot.facts.readers.cdr_sql import COLUMNS, COMBINATIONS, CONTACTS, FIRSTS, JOINED, LEGS, SESSIONS, UNLINKED
from chot.facts.readers.joining import join_names
from chot.facts.readers.numbering import DEFAULT_INTERNAL, Class, Numbering

DISPOSITIONS = {
    "ANSWERED": 1, "ANSWER": 1, "NO ANSWER": 2, "NOANSWER": 2, "BUSY": 3, "FAILED": 4, "CONGESTION": 4, "CHANUNAVAIL": 4,
    "INVALIDARGS": 4, "DONTCALL": 4, "TORTURE": 4, "CANCEL": 5, "CANCELLED": 5,
}  # fmt: skip
APPS = {"queue": 1, "voicemail": 2, "minivmrecord": 2, "vm": 2, "dial": 3, "agentlogin": 4}

_PART_ROWS = 1_500_000
"""Legs folded at a time; a fold needs about 300 bytes of memory for each."""

_OUT_ROWS = 100_000
_MEMORY = "450MB"


class _Numbers(dict[str, int]):
    """Texts as small numbers, in order of appearance; 0 is the empty text."""

    def __init__(self) -> None:
        super().__init__({"": 0})

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class Codes:
    """The repeated texts of one file."""

    def __init__(self) -> None:
        self.channels, self.contexts, self.queues = _Numbers(), _Numbers(), _Numbers()

    def queue(self, data: str) -> int:
        """The queue in the arguments of the application Queue: ``sales,tT,,,25``, or ``sales|tT`` of old versions."""
        return self.queues[data.partition(",")[0].partition("|")[0]]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Contacts as columns of ``calls``, the line of each first leg, and how many further legs they took."""

    columns: dict[str, pa.Array]
    lines: Sequence[int]
    folded: int


class Legs:
    """The spilled legs of one file; a context manager, so that its file is closed before the folder goes."""

    def __init__(self, folder: Path, rules: Numbering) -> None:
        self.rules, self.codes, self.rows = rules, Codes(), 0
        self._plain = PLAIN.get(rules.region)
        settings = {"memory_limit": _MEMORY, "temp_directory": str(folder), "preserve_insertion_order": "false", "threads": "1"}
        self._base = duckdb.connect(":memory:", config=settings)  # type: ignore[arg-type]
        self._base.execute(f"CREATE TABLE legs ({', '.join(f'{name} {kind}' for name, kind in LEGS.items())})")

    def __enter__(self) -> Legs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._base.close()

    def add(self, table: pa.Table) -> None:
        """Spill a batch of typed legs."""
        rules = self.rules
        for side, number in (("source", "src"), ("dialled", "dst")):
            table = table.append_column(side, _classes(table[number], rules))
        self._base.register("batch", table)
        self._base.execute(f"INSERT INTO legs SELECT {', '.join(COLUMNS)} FROM batch")
        self._base.unregister("batch")
        self.rows += len(table)

    def contacts(self) -> Iterator[Batch]:
        """The folded contacts. Every leg is in exactly one of them."""
        if not self.rows:
            return
        self._name_contacts()
        self._endpoints()
        parts = 1 + self.rows // _PART_ROWS
        for part in range(parts):
            rows = "SELECT * FROM legs" + (f" WHERE hash(contact) % {parts} = {part}" if parts > 1 else "")
            self._base.execute(f"CREATE OR REPLACE TEMP {'TABLE' if parts > 1 else 'VIEW'} part AS {rows}")
            self._base.execute(FIRSTS)
            self._directions()
            found = self._base.execute(CONTACTS)
            for rows in found.to_arrow_reader(_OUT_ROWS):
                yield self._batch(pa.Table.from_batches([rows]))

    def _name_contacts(self) -> None:
        """Give every leg the id of its contact; only legs without a linkedid need looking for."""
        base = self._base
        if base.execute("SELECT count(*) FROM legs WHERE contact IS NULL").fetchone() != (0,):
            base.execute(SESSIONS)
        if base.execute(UNLINKED).fetchone() == (0,):
            return
        base.execute(JOINED)
        join_names(base)
        base.execute("UPDATE legs SET contact = joined.name, root = false FROM joined WHERE legs.contact = joined.key AND NOT linked")

    def _endpoints(self) -> None:
        """The table of who is behind each channel code."""
        ends = [self.rules.endpoint(text) for text in self.codes.channels]
        table = pa.table({
            "code": pa.array(range(len(ends)), pa.int32()),
            "name": pa.array([end.name for end in ends], pa.string()),
            "agent_id": pa.array([self.rules.agent_id(end.name) for end in ends], pa.string()),
            "kind": pa.array([end.kind for end in ends], pa.string()),
        })  # fmt: skip
        names = list(self.codes.queues)
        queues = pa.table({"code": pa.array(range(len(names)), pa.int32()), "name": pa.array(names, pa.string())})
        for name, content in (("endpoints", table), ("queues", queues)):
            self._base.register("content", content)
            self._base.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM content")
            self._base.unregister("content")
        self._ends = ends

    def _directions(self) -> None:
        """The table of which way each combination of first channel, context and numbers goes."""
        contexts = list(self.codes.contexts)
        combinations = self._base.execute(COMBINATIONS).to_arrow_table()
        names: tuple[Class, ...] = ("internal", "long", "other")
        ways = [
            self.rules.direction(
                self._ends[row["caller"]],
                contexts[row["context"]],
                names[row["source"]],
                names[row["dialled"]],
                over_trunk=row["over_trunk"],
            )
            for row in combinations.to_pylist()
        ]
        self._base.register("ways", combinations.append_column("direction", pa.array(ways, pa.string())))
        self._base.execute("CREATE OR REPLACE TEMP TABLE directions AS SELECT * FROM ways")
        self._base.unregister("ways")

    def _batch(self, found: pa.Table) -> Batch:
        found = found.combine_chunks()
        columns = {name: found[name].combine_chunks() for name in found.column_names}
        lines, legs = columns.pop("line"), columns.pop("legs")
        for name in ("started_at", "answered_at", "ended_at"):
            columns[name] = columns[name].cast(pa.timestamp("us", "UTC"))
        columns["customer_id"] = self._number_ids(columns["customer_id"])
        return Batch(columns=columns, lines=lines.to_pylist(), folded=pc.sum(legs).as_py() - len(found))

    def _number_ids(self, numbers: pa.Array) -> pa.Array:
        """E.164 of a column of numbers: most by the plain form of the region, the rest one by one."""
        plain = pa.nulls(len(numbers), pa.string())
        if self._plain:
            rest = pc.struct_field(pc.extract_regex(numbers, f"^(?:{self._plain})$"), "rest")
            plain = pc.if_else(pc.is_valid(rest), pc.binary_join_element_wise(f"+{calling_code(self.rules.region)}", rest, ""), plain)
        odd = pc.if_else(pc.is_null(plain), numbers, None).dictionary_encode()
        known = pa.array([number_id(text, region=self.rules.region) for text in odd.dictionary.to_pylist()], pa.string())
        return pc.coalesce(plain, known.take(odd.indices))


def _classes(numbers: pa.ChunkedArray, rules: Numbering) -> pa.ChunkedArray:
    """0 internal, 1 a subscriber's number, 2 neither."""
    if rules.internal.pattern == DEFAULT_INTERNAL:
        length = pc.binary_length(numbers)
        internal = pc.and_(pc.ascii_is_decimal(numbers), pc.and_(pc.greater_equal(length, 2), pc.less_equal(length, 6)))
    else:
        internal = pc.match_substring_regex(numbers, f"^(?:{rules.internal.pattern})$")
    digits = pc.ascii_ltrim(numbers, "+")
    subscriber = pc.and_(pc.ascii_is_decimal(digits), pc.greater_equal(pc.binary_length(digits), 7))
    return pc.if_else(internal, 0, pc.if_else(subscriber, 1, 2)).cast(pa.int8())
