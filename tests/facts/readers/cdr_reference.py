"""The rules of ``asterisk-cdr`` once more, for comparison: the file read by the standard library row by row, the fold as SQL.

Slow, and written another way on purpose: every text is read by itself, and one query says what becomes of the legs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from chot.core.phones import number_id
from chot.facts.readers import asterisk_cdr
from chot.facts.readers.base import Options, Reject
from chot.facts.readers.cdr_fold import APPS, DISPOSITIONS
from chot.facts.readers.joining import join_names
from chot.facts.readers.numbering import numbering
from chot.facts.readers.wall_clock import WallClock, whole_seconds
from chot.facts.records import clipped, scan
from chot.facts.written import CellError
from tests.facts.readers.collecting import Collected

LEGS = {
    "line": "BIGINT", "contact": "VARCHAR", "linked": "BOOLEAN", "root": "BOOLEAN", "start": "BIGINT", "answer": "BIGINT",
    '"end"': "BIGINT", "duration": "BIGINT", "billsec": "BIGINT", "disposition": "TINYINT", "app": "TINYINT", "queue": "INTEGER",
    "context": "INTEGER", "caller": "INTEGER", "called": "INTEGER", "src": "VARCHAR", "dst": "VARCHAR", "source": "TINYINT",
    "dialled": "TINYINT", "channel": "VARCHAR", "dstchannel": "VARCHAR",
}  # fmt: skip


SESSIONS = """
UPDATE legs SET contact = named.contact FROM (
    SELECT line, strftime(make_timestamp(min(start) OVER (PARTITION BY name, session)), '%Y%m%dT%H%M%SZ') || '-' || name AS contact
    FROM (SELECT line, name, start, sum(fresh) OVER (PARTITION BY name ORDER BY start, line) AS session
          FROM (SELECT line, name, start,
                       CASE WHEN start > 60000000 + max("end") OVER (
                           PARTITION BY name ORDER BY start, line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                       THEN 1 ELSE 0 END AS fresh
                FROM (SELECT line, start, "end", coalesce(nullif(channel, ''), src || '>' || dst) AS name FROM legs WHERE contact IS NULL)))
) AS named WHERE legs.line = named.line
"""

JOINED = """
CREATE OR REPLACE TEMP TABLE edges AS
WITH child AS (SELECT contact, channel, start, "end" FROM legs WHERE NOT linked AND channel <> ''),
     parent AS (SELECT contact, dstchannel, start, "end" FROM legs WHERE NOT linked AND dstchannel <> '' AND app <> 4),
     pairs AS (
        SELECT c.contact AS a, p.contact AS b FROM child c JOIN parent p ON p.dstchannel = c.channel
        WHERE c.contact <> p.contact AND p.start <= c."end" AND p."end" >= c.start
        UNION
        SELECT c.contact, p.contact
        FROM (SELECT * FROM child WHERE starts_with(channel, 'Local/') AND ends_with(channel, ';2')) c
        JOIN parent p ON p.dstchannel = left(c.channel, -1) || '1'
        WHERE c.contact <> p.contact AND p.start <= c."end" AND p."end" >= c.start)
SELECT a, b FROM pairs UNION SELECT b, a FROM pairs;
CREATE OR REPLACE TEMP TABLE names AS
SELECT key, own, own AS label
FROM (SELECT contact AS key, row_number() OVER (ORDER BY min(start), contact) AS own
      FROM legs WHERE contact IN (SELECT a FROM edges) GROUP BY contact)
"""

_ORDER = "(start // 1000000) * 134217728 + line % 134217728"  # by second, then by line
FIRSTS = f"""
CREATE OR REPLACE TEMP TABLE firsts AS
SELECT contact, count(*) AS legs, min(start) AS started, max("end") AS ended,
       arg_min(line, CASE WHEN root THEN 0 ELSE 4611686018427387904 END + {_ORDER}) AS line,
       bool_or(root AND answer IS NOT NULL) AS taken, bool_or(app = 2 AND disposition = 1) AS voicemail,
       bool_or(called_end.kind = 'trunk') AS over_trunk,
       arg_max(called_end.name, {_ORDER}) FILTER (called_end.kind = 'trunk') AS out_line,
       arg_max(disposition, CASE WHEN called = 0 THEN 0 ELSE 4611686018427387904 END + {_ORDER}) AS last_disposition,
       arg_max(queue, {_ORDER}) FILTER (queue <> 0) AS queue
FROM legs part JOIN endpoints called_end ON called_end.code = called
GROUP BY contact
"""

COMBINATIONS = """
SELECT DISTINCT part.caller, part.context, part.source, part.dialled, firsts.over_trunk
FROM firsts JOIN legs part USING (line) ORDER BY ALL
"""

CONTACTS = """
WITH way AS (
    SELECT firsts.*, part.src, part.dst, part.caller, part.source, part.dialled, directions.direction,
           ends.name AS caller_name, ends.kind AS caller_kind, ends.agent_id AS caller_agent
    FROM firsts JOIN legs part USING (line)
    JOIN directions ON directions.caller = part.caller AND directions.context = part.context AND directions.source = part.source
        AND directions.dialled = part.dialled AND directions.over_trunk = firsts.over_trunk
    JOIN endpoints ends ON ends.code = part.caller),
talks AS (
    SELECT contact,
           CASE direction WHEN 'in' THEN CASE WHEN b.kind <> 'trunk' THEN b.agent_id END
                          WHEN 'out' THEN CASE WHEN a.kind <> 'trunk' THEN a.agent_id WHEN b.kind <> 'trunk' THEN b.agent_id END
                          ELSE way.caller_agent END AS agent,
           direction = 'in' AND b.kind = 'local' AS outside,
           coalesce(part.billsec, part.duration, (part."end" - part.start) // 1000000) AS talk,
           greatest(part.start, coalesce(part.answer, part."end" - coalesce(part.billsec, 0) * 1000000)) AS answered,
           part.start, part.queue, (part.start // 1000000) * 134217728 + part.line AS turn
    FROM legs part JOIN way USING (contact) JOIN endpoints a ON a.code = part.caller JOIN endpoints b ON b.code = part.called
    WHERE part.disposition = 1
      AND CASE direction WHEN 'in' THEN b.kind <> 'none' AND (a.kind <> 'agent' OR part.caller = way.caller)
                         WHEN 'out' THEN (b.kind <> 'none' OR part.app = 3) AND b.kind <> 'agent' OR (a.kind = 'trunk' AND b.kind = 'agent')
                         ELSE true END),
agents AS (
    SELECT contact, outside, agent, sum(talk) AS talk, min(answered) AS answered,
           arg_min(answered - start, (answered, turn)) AS ring, arg_min(queue, (answered, turn)) AS queue
    FROM talks GROUP BY contact, outside, agent),
best AS (
    SELECT *, min(answered) OVER (PARTITION BY contact, outside) AS reached FROM agents
    QUALIFY row_number() OVER (PARTITION BY contact ORDER BY outside, talk DESC, answered, agent) = 1)
SELECT way.line, way.legs, way.contact AS call_id,
       CASE WHEN best.contact IS NOT NULL THEN best.agent
            WHEN direction <> 'in' AND caller_kind <> 'trunk' THEN caller_agent END AS agent_id,
       CASE direction WHEN 'in' THEN src
                      WHEN 'out' THEN CASE WHEN dialled = 1 THEN dst WHEN caller_kind = 'local' AND length(caller_name) > 6 THEN caller_name
                                           WHEN source = 1 AND caller_kind = 'trunk' THEN src ELSE dst END END AS customer_id,
       queues.name AS queue_id, direction, started AS started_at, best.reached AS answered_at, ended AS ended_at,
       CASE WHEN best.contact IS NOT NULL THEN best.ring // 1000000 WHEN direction <> 'in' THEN (ended - started) // 1000000 END AS ring_s,
       CASE WHEN direction = 'in' THEN (coalesce(best.reached, ended) - started) // 1000000 END AS wait_s,
       coalesce(best.talk, 0)::BIGINT AS talk_s,
       CASE WHEN best.contact IS NOT NULL THEN 'answered'
            WHEN direction = 'in' AND voicemail THEN 'voicemail'
            WHEN direction = 'in' AND (way.queue IS NOT NULL OR taken) THEN 'abandoned'
            ELSE ['failed', 'no_answer', 'busy', 'failed', 'cancelled'][last_disposition] END AS outcome,
       CASE direction WHEN 'in' THEN CASE WHEN dialled = 1 THEN dst WHEN caller_kind = 'trunk' THEN caller_name END
                      WHEN 'out' THEN out_line END AS line_id
FROM way LEFT JOIN best USING (contact) LEFT JOIN queues ON queues.code = coalesce(nullif(best.queue, 0), way.queue)
ORDER BY way.line
"""


class _Numbers(dict[str, int]):
    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class _Reference:
    def __init__(self, path: Path, options: Options) -> None:
        self.rules = numbering(options, path=path.name)
        self.clock = WallClock(options.tz)
        self.channels, self.contexts, self.queues = _Numbers({"": 0}), _Numbers({"": 0}), _Numbers({"": 0})
        self.rows: list[tuple[Any, ...]] = []

    def leg(self, line: int, cell: dict[str, str]) -> Reject | None:
        """Keep the leg in a row, or say what is wrong with it first."""
        found: dict[str, int | None] = {}
        problems: list[tuple[str, str]] = []
        for name in ("start", "answer", "end"):
            found[name] = None
            if cell[name] and not cell[name].startswith("0000-00-00"):
                try:
                    found[name] = self.clock.instant(cell[name])
                except CellError as error:
                    problems.append((name, str(error)))
        for name in ("duration", "billsec"):
            found[name] = None
            text = cell[name].lstrip("-") if cell[name].count("-") == 1 else cell[name]
            whole, _, part = text.partition(".")
            good = whole.isdecimal() and whole.isascii() and len(whole) < 10
            good = good and (not _ or (part.isdecimal() and part.isascii() and len(part) < 10))
            if good and not cell[name].startswith("-"):
                found[name] = whole_seconds(cell[name])
            elif cell[name]:
                negative = cell[name][0] == "-" and len(cell[name]) > 1 and not set(cell[name][1:]) - set("0123456789.")
                problems.append((name, "is negative" if negative else "is not a number of seconds"))
        how = DISPOSITIONS.get(cell["disposition"].strip().upper().replace("_", " ")) if cell["disposition"] else None
        if how is None:
            problems.append(("disposition", "is not a disposition"))
        start, answer, end = found["start"], found["answer"], found["end"]
        if start is None:
            problems.append(("start", "is missing"))
        else:
            end = end if end is not None else start + (found["duration"] or 0) * 10**6
            problems += [("end", "lies before start")] if end < start else []
            problems += [("answer", "lies before start")] if answer is not None and answer < start else []
        if end is not None and answer is not None and end < answer:
            problems.append(("end", "lies before answer"))
        if problems:
            name, reason = problems[0]
            return Reject(line=line, column=name, value=clipped(cell[name]), reason=reason)
        app = APPS.get(cell["lastapp"].lower(), 0)
        queue = self.queues[cell["lastdata"].partition(",")[0].partition("|")[0]] if app == 1 else 0
        caller, called = (self.channels[cell[name].rpartition("-")[0] or cell[name] * ("-" not in cell[name])] for name in ("channel", "dstchannel"))
        classes = [("internal", "long", "other").index(self.rules.number_class(cell[name])) for name in ("src", "dst")]
        linked, unique = cell["linkedid"], cell["uniqueid"]
        self.rows.append((line, linked or unique or None, linked != "", not linked or unique in ("", linked), start, answer, end,
                          found["duration"], found["billsec"], how, app, queue, self.contexts[cell["dcontext"]], caller, called,
                          cell["src"], cell["dst"], *classes, cell["channel"], cell["dstchannel"]))  # fmt: skip
        return None

    def contacts(self) -> pa.Table:
        base = duckdb.connect(config={"threads": "1"})
        base.execute(f"CREATE TABLE legs ({', '.join(f'{name} {kind}' for name, kind in LEGS.items())})")
        _fill(base, "legs", self.rows)
        base.execute(SESSIONS)
        base.execute(JOINED)
        join_names(base)
        base.execute("UPDATE legs SET contact = joined.name, root = false FROM joined WHERE legs.contact = joined.key AND NOT linked")
        ends = [self.rules.endpoint(text) for text in self.channels]
        base.execute("CREATE TABLE endpoints (code INTEGER, name VARCHAR, agent_id VARCHAR, kind VARCHAR)")
        _fill(base, "endpoints", [(code, end.name, self.rules.agent_id(end.name), end.kind) for code, end in enumerate(ends)])
        base.execute("CREATE TABLE queues (code INTEGER, name VARCHAR)")
        _fill(base, "queues", [(code, name) for name, code in self.queues.items()])
        base.execute(FIRSTS)
        names, contexts = ("internal", "long", "other"), list(self.contexts)
        base.execute("CREATE TABLE directions (caller INTEGER, context INTEGER, source TINYINT, dialled TINYINT, over_trunk BOOLEAN, direction VARCHAR)")
        combinations = base.execute(COMBINATIONS).fetchall()
        _fill(base, "directions", [
            (*each, self.rules.direction(ends[each[0]], contexts[each[1]], names[each[2]], names[each[3]], over_trunk=each[4]))
            for each in combinations
        ])  # fmt: skip
        return base.execute(CONTACTS).to_arrow_table()


def _fill(base: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    columns = pa.table({str(at): pa.array(cells) for at, cells in enumerate(zip(*rows, strict=True))})
    base.register("given", columns)
    base.execute(f"INSERT INTO {table} SELECT * FROM given")
    base.unregister("given")


def reference(path: Path, scratch: Path, options: Options) -> Collected:
    """What the reader shall find in a file."""
    sink, found = Collected(scratch), _Reference(path, options)
    layout, encoding = asterisk_cdr._look(path)
    batches = scan(path, delimiter=layout.delimiter, encoding=encoding, widths=set(layout.widths),
                   start_line=asterisk_cdr._first_line(path, layout, encoding))  # fmt: skip
    for batch in batches:
        sink.read(len(batch.rows) + len(batch.rejects), done_bytes=batch.done_bytes)
        for reject in batch.rejects:
            sink.reject(reject)
        for line, row in zip(batch.lines, batch.rows, strict=True):
            places = layout.places
            cell = {name: row[places[name]] if places.get(name, 99) < len(row) else "" for name in asterisk_cdr._WANTED}
            problem = found.leg(line, cell)
            if problem:
                sink.reject(problem)
    if found.rows:
        table = found.contacts()
        columns: dict[str, Any] = {name: table[name].combine_chunks() for name in table.column_names}
        lines, legs = columns.pop("line").to_pylist(), columns.pop("legs").to_pylist()
        for name in ("started_at", "answered_at", "ended_at"):
            columns[name] = columns[name].cast(pa.timestamp("us", "UTC"))
        numbers = columns["customer_id"].to_pylist()
        columns["customer_id"] = [None if number is None else number_id(number, region=found.rules.region) for number in numbers]
        sink.rows("calls", columns, lines)
        sink.folded(sum(legs) - len(lines))
    return sink
