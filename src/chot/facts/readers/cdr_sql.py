"""The SQL that finds the contacts of legs without a linkedid; ``docs/formats.md`` has the rules in words."""

from __future__ import annotations

LEGS = {
    "line": "BIGINT", "contact": "VARCHAR", "root": "BOOLEAN", "start": "BIGINT", "answer": "BIGINT",
    '"end"': "BIGINT", "duration": "BIGINT", "billsec": "BIGINT", "disposition": "INTEGER", "app": "INTEGER", "queue": "INTEGER",
    "context": "INTEGER", "caller": "INTEGER", "called": "INTEGER", "src": "VARCHAR", "dst": "VARCHAR", "source": "TINYINT",
    "dialled": "TINYINT", "channel": "VARCHAR", "dstchannel": "VARCHAR",
}  # fmt: skip
"""The table ``legs``: one row per record without a linkedid, as ``cdr_contacts`` describes it, and the full names of its channels."""

KEPT = [name.strip('"') for name in LEGS if name not in ("channel", "dstchannel")]
"""The columns of legs with a contact."""

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
"""Legs without any id: the legs of one channel, less than a minute apart, are one contact."""

EDGES = """
CREATE OR REPLACE TEMP TABLE edges AS
WITH child AS (SELECT contact, channel, start, "end" FROM legs WHERE channel <> ''),
     parent AS (SELECT contact, dstchannel, start, "end" FROM legs WHERE dstchannel <> '' AND app <> 4),
     pairs AS (
        SELECT c.contact AS a, p.contact AS b FROM child c JOIN parent p ON p.dstchannel = c.channel
        WHERE c.contact <> p.contact AND p.start <= c."end" AND p."end" >= c.start
        UNION
        SELECT c.contact, p.contact
        FROM (SELECT * FROM child WHERE starts_with(channel, 'Local/') AND ends_with(channel, ';2')) c
        JOIN parent p ON p.dstchannel = left(c.channel, -1) || '1'
        WHERE c.contact <> p.contact AND p.start <= c."end" AND p."end" >= c.start)
SELECT a, b FROM pairs UNION SELECT b, a FROM pairs;
CREATE OR REPLACE TEMP TABLE starts AS SELECT contact, start FROM legs WHERE contact IN (SELECT a FROM edges)
"""
"""Legs that are one contact though their uniqueids differ: the two halves of a Local channel, and a called
channel that calls on (a transfer). An agent's login channel joins nothing: it outlives its contacts."""

NAMES = """
CREATE OR REPLACE TEMP TABLE names AS
SELECT key, own, own AS label
FROM (SELECT contact AS key, row_number() OVER (ORDER BY min(start), contact) AS own FROM starts GROUP BY contact)
"""
"""What these contacts are called, the earliest first; ``starts`` has the starts of all their legs."""
