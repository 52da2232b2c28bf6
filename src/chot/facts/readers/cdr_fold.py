"""Legs of call detail records, spilled and folded: one customer contact, one row.

Texts that repeat (channels without their serial, contexts, queues) are kept as small numbers; who a
channel is and which way a contact went is decided once per combination, by ``numbering``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from chot.core.phones import PLAIN, calling_code, number_id
from chot.facts.readers.cdr_contacts import DIRECTIONS, Ends, fold
from chot.facts.readers.cdr_parts import Parts
from chot.facts.readers.cdr_sql import EDGES, KEPT, LEGS, NAMES, SESSIONS
from chot.facts.readers.joining import join_names
from chot.facts.readers.numbering import DEFAULT_INTERNAL, Class, Numbering

DISPOSITIONS = {
    "ANSWERED": 1, "ANSWER": 1, "NO ANSWER": 2, "NOANSWER": 2, "BUSY": 3, "FAILED": 4, "CONGESTION": 4, "CHANUNAVAIL": 4,
    "INVALIDARGS": 4, "DONTCALL": 4, "TORTURE": 4, "CANCEL": 5, "CANCELLED": 5,
}  # fmt: skip
APPS = {"queue": 1, "voicemail": 2, "minivmrecord": 2, "vm": 2, "dial": 3, "agentlogin": 4}
CLASSES: tuple[Class, ...] = ("internal", "long", "other")

PART_BYTES = 300_000_000
"""Of the source: about a million legs, which are folded at a time; a fold needs about 500 bytes of memory for each."""

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
    lines: pa.Array
    folded: int


class Legs:
    """The legs of one file; a context manager, so that its files are closed before the folder goes."""

    def __init__(self, folder: Path, rules: Numbering, *, parts: int = 1) -> None:
        self.rules, self.codes = rules, Codes()
        self._plain = PLAIN.get(rules.region)
        settings = {"memory_limit": _MEMORY, "temp_directory": str(folder), "preserve_insertion_order": "false", "threads": "1"}
        self._base = duckdb.connect(":memory:", config=settings)  # type: ignore[arg-type]
        self._base.execute(f"CREATE TABLE legs ({', '.join(f'{name} {kind}' for name, kind in LEGS.items())})")
        self._parts = Parts(folder, self._base, count=parts)

    def __enter__(self) -> Legs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._base.close()

    def add(self, table: pa.Table) -> None:
        """Take in a batch of typed legs."""
        for side, number in (("source", "src"), ("dialled", "dst")):
            table = table.append_column(side, _classes(table[number], self.rules))
        linked = table["linked"]
        if not pc.all(linked).as_py():
            self._base.register("batch", table.filter(pc.invert(linked)))
            self._base.execute(f"INSERT INTO legs SELECT {', '.join(LEGS)} FROM batch")
            self._base.unregister("batch")
            table = table.filter(linked)
        self._parts.add(table.select(KEPT))

    def contacts(self) -> Iterator[Batch]:
        """The folded contacts. Every leg is in exactly one of them."""
        self._link()
        ends = Ends(list(self.codes.channels), self.rules)
        queues, contexts = list(self.codes.queues), list(self.codes.contexts)

        def way(caller: int, context: int, classes: tuple[int, int], *, over_trunk: bool) -> int:
            source, dialled = (CLASSES[each] for each in classes)
            return DIRECTIONS.index(self.rules.direction(ends.all[caller], contexts[context], source, dialled, over_trunk=over_trunk))

        for legs in self._parts:
            found = fold(legs, ends, queues, way)
            del legs
            for start in range(0, len(found), _OUT_ROWS):
                yield self._batch(found.slice(start, _OUT_ROWS))

    def _link(self) -> None:
        """Give every leg without a linkedid the id of its contact, and put it with the others of its contact."""
        base = self._base
        if base.execute("SELECT count(*) FROM legs").fetchone() == (0,):
            return
        if base.execute("SELECT count(*) FROM legs WHERE contact IS NULL").fetchone() != (0,):
            base.execute(SESSIONS)
        base.execute(EDGES)
        for batch in self._parts.batches():
            base.register("batch", batch)
            base.execute("INSERT INTO starts SELECT contact, start FROM batch WHERE contact IN (SELECT a FROM edges)")
            base.unregister("batch")
        base.execute(NAMES)
        join_names(base)
        base.execute("UPDATE legs SET contact = joined.name, root = false FROM joined WHERE legs.contact = joined.key")
        for batch in base.cursor().execute("SELECT * FROM legs ORDER BY line").to_arrow_reader(_OUT_ROWS):
            self._parts.add(pa.Table.from_batches([batch]).select(KEPT))

    def _batch(self, found: pa.Table) -> Batch:
        found = found.combine_chunks()
        columns = {name: found[name].combine_chunks() for name in found.column_names}
        lines, legs = columns.pop("line"), columns.pop("legs")
        for name in ("started_at", "answered_at", "ended_at"):
            columns[name] = columns[name].cast(pa.timestamp("us", "UTC"))
        columns["customer_id"] = self._number_ids(columns["customer_id"])
        return Batch(columns=columns, lines=lines, folded=pc.sum(legs).as_py() - len(found))

    def _number_ids(self, numbers: pa.Array) -> pa.Array:
        """E.164 of a column of numbers: most by the plain form of the region, the rest one by one."""
        plain = pa.nulls(len(numbers), pa.string())
        if self._plain:
            prefix, form = f"+{calling_code(self.rules.region)}", f"^(?:{self._plain})$"
            shaped = pc.match_substring_regex(numbers, form)
            zero = pc.and_not(pc.starts_with(numbers, "0"), pc.starts_with(numbers, "00"))
            national = pc.and_(shaped, zero)  # a zero and the rest
            plain = pc.if_else(national, pc.binary_join_element_wise(prefix, pc.utf8_slice_codeunits(numbers, 1), ""), plain)
            if not pc.all(pc.equal(shaped, national)).as_py():
                rest = pc.struct_field(pc.extract_regex(pc.if_else(national, None, numbers), form), "rest")
                plain = pc.coalesce(plain, pc.binary_join_element_wise(prefix, rest, ""))
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
