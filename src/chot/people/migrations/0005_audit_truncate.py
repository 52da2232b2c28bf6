"""The audit trail cannot be emptied either, and where it ends is written down beside it."""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON people_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION people_audit_is_append_only();
INSERT INTO people_audithead (entries, seal)
SELECT count(*), (SELECT seal FROM people_auditentry ORDER BY id DESC LIMIT 1) FROM people_auditentry HAVING count(*) > 0;
"""
ALLOW = "DROP TRIGGER never_emptied ON people_auditentry; DELETE FROM people_audithead;"


class Migration(migrations.Migration):
    dependencies = [("people", "0004_roster")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
