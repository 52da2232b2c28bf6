"""The audit trail cannot be changed, not even by a faulty program."""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE FUNCTION people_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON people_auditentry
FOR EACH ROW EXECUTE FUNCTION people_audit_is_append_only();
"""
ALLOW = "DROP TRIGGER append_only ON people_auditentry; DROP FUNCTION people_audit_is_append_only();"


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
