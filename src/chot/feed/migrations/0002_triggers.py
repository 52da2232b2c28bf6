"""Every write of an operational table leaves the keys that it touched, in the same transaction."""

from __future__ import annotations

from django.db import migrations

SINGLE = {
    "calls": ("calls_call", "call_id"), "leads": ("customers_lead", "lead_id"), "orders": ("customers_order", "order_id"),
    "tickets": ("customers_ticket", "ticket_id"), "surveys": ("quality_survey", "survey_id"),
    "reviews": ("quality_review", "review_id"), "exams": ("quality_exam", "exam_id"),
}
AGENT_ROW = "agent_id || chr(31) || coalesce(valid_from::text, '''')"
TABLES = {
    **SINGLE,
    "workdays": ("people_workday", "agent_id || chr(31) || date::text"),
    "agents": ("people_agentrow", AGENT_ROW),
}

FUNCTION = """
CREATE FUNCTION feed_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched text := CASE TG_OP WHEN 'INSERT' THEN 'SELECT %2$s FROM new_rows' WHEN 'DELETE' THEN 'SELECT %2$s FROM old_rows'
  ELSE 'SELECT %2$s FROM old_rows UNION SELECT %2$s FROM new_rows' END;
BEGIN
  EXECUTE format('INSERT INTO feed_factchange (fact_table, key, xid) SELECT %1$L, touched.key, pg_current_xact_id()::text::bigint'
    || ' FROM (' || touched || ') AS touched (key)', TG_ARGV[0], TG_ARGV[1]);
  RETURN NULL;
END $$;

CREATE FUNCTION feed_note_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO feed_factchange (fact_table, key, xid) VALUES (TG_ARGV[0], '', pg_current_xact_id()::text::bigint);
  RETURN NULL;
END $$;

CREATE FUNCTION feed_note_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NOT NEW.managed_here THEN RETURN NULL; END IF;
  IF TG_OP = 'UPDATE' AND NEW.managed_here = OLD.managed_here THEN RETURN NULL; END IF;
  INSERT INTO feed_factchange (fact_table, key, xid)
  SELECT 'agents', agent_id || chr(31) || coalesce(valid_from::text, ''), pg_current_xact_id()::text::bigint
  FROM people_agentrow WHERE agent_id = coalesce(NEW.agent_id, OLD.agent_id);
  RETURN NULL;
END $$;

CREATE TRIGGER feed_note_person AFTER INSERT OR UPDATE OR DELETE ON people_person FOR EACH ROW EXECUTE FUNCTION feed_note_person();
ALTER TABLE feed_factchange SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 5000);
"""
EVENTS = {"insert": "NEW TABLE AS new_rows", "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}


def _triggers(name: str, place: str, key: str) -> str:
    made = [
        f"CREATE TRIGGER feed_note_{event} AFTER {event.upper()} ON {place} REFERENCING {rows} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION feed_note('{name}', '{key}');"
        for event, rows in EVENTS.items()
    ]
    emptied = f"CREATE TRIGGER feed_note_emptied AFTER TRUNCATE ON {place} FOR EACH STATEMENT EXECUTE FUNCTION feed_note_emptied('{name}');"
    # what is there already is taken in as if it had been written now
    expression = key.replace("''", "'")
    there = f"INSERT INTO feed_factchange (fact_table, key, xid) SELECT '{name}', {expression}, 0 FROM {place};"
    return "\n".join([*made, emptied, there])


def _no_triggers(place: str) -> str:
    return "\n".join(f"DROP TRIGGER feed_note_{event} ON {place};" for event in (*EVENTS, "emptied"))


class Migration(migrations.Migration):
    dependencies = [
        ("feed", "0001_initial"), ("calls", "0001_initial"), ("customers", "0001_initial"), ("quality", "0001_initial"),
        ("people", "0004_roster"),
    ]
    operations = [
        migrations.RunSQL(
            FUNCTION + "\n".join(_triggers(name, *place) for name, place in TABLES.items()),
            "\n".join(_no_triggers(place) for place, _key in TABLES.values())
            + "DROP TRIGGER feed_note_person ON people_person;"
            + "DROP FUNCTION feed_note(); DROP FUNCTION feed_note_emptied(); DROP FUNCTION feed_note_person();",
        )
    ]
