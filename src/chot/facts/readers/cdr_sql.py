"""The SQL that folds the legs of call detail records; see ``docs/formats.md`` for the rules in words.

``legs`` holds one row per record: times in microseconds, texts as codes of ``endpoints`` and ``queues``
(0 is none), ``disposition`` 1 answered, 2 no answer, 3 busy, 4 failed, 5 cancelled; ``app`` 1 Queue,
2 VoiceMail, 3 Dial, 4 AgentLogin; ``source`` and ``dialled`` 0 internal, 1 a subscriber's number, 2 neither.
"""

from __future__ import annotations

LEGS = {
    "line": "BIGINT", "contact": "VARCHAR", "linked": "BOOLEAN", "root": "BOOLEAN", "start": "BIGINT", "answer": "BIGINT",
    '"end"': "BIGINT", "duration": "BIGINT", "billsec": "BIGINT", "disposition": "TINYINT", "app": "TINYINT", "queue": "INTEGER",
    "context": "INTEGER", "caller": "INTEGER", "called": "INTEGER", "src": "VARCHAR", "dst": "VARCHAR", "source": "TINYINT",
    "dialled": "TINYINT", "channel": "VARCHAR", "dstchannel": "VARCHAR",
}  # fmt: skip

COLUMNS = [
    {
        "contact": "coalesce(nullif(linkedid, ''), nullif(uniqueid, ''))",
        "linked": "linkedid <> ''",
        "root": "linkedid = '' OR uniqueid IN ('', linkedid)",
    }.get(name, name)
    for name in LEGS
]
"""What ``legs`` takes from a batch."""

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

UNLINKED = "SELECT count(*) FROM legs WHERE NOT linked"

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
"""Legs that are one contact though their uniqueids differ: the two halves of a Local channel, and a called
channel that calls on (a transfer). An agent's login channel joins nothing: it outlives its contacts."""

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
FROM part JOIN endpoints called_end ON called_end.code = called
GROUP BY contact
"""

COMBINATIONS = """
SELECT DISTINCT part.caller, part.context, part.source, part.dialled, firsts.over_trunk
FROM firsts JOIN part USING (line) ORDER BY ALL
"""

CONTACTS = """
WITH way AS (
    SELECT firsts.*, part.src, part.dst, part.caller, part.source, part.dialled, directions.direction,
           ends.name AS caller_name, ends.kind AS caller_kind, ends.agent_id AS caller_agent
    FROM firsts JOIN part USING (line)
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
           part.start, part.queue
    FROM part JOIN way USING (contact) JOIN endpoints a ON a.code = part.caller JOIN endpoints b ON b.code = part.called
    WHERE part.disposition = 1
      AND CASE direction WHEN 'in' THEN b.kind <> 'none' AND (a.kind <> 'agent' OR part.caller = way.caller)
                         WHEN 'out' THEN (b.kind <> 'none' OR part.app = 3) AND b.kind <> 'agent' OR (a.kind = 'trunk' AND b.kind = 'agent')
                         ELSE true END),
agents AS (
    SELECT contact, outside, agent, sum(talk) AS talk, min(answered) AS answered,
           arg_min(answered - start, answered) AS ring, arg_min(queue, answered) AS queue
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
