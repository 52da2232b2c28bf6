"""A closed pay run and its entries cannot be changed, not even by a faulty program."""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE FUNCTION pay_closed_stays_closed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a closed pay run is never changed'; END $$;

CREATE FUNCTION pay_entries_come_with_closing() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF NOT EXISTS (SELECT FROM pay_payrun WHERE id = NEW.run_id AND state = 'closing') THEN
    RAISE EXCEPTION 'pay entries are written while their run is closing, and never afterwards';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER closed_stays_closed BEFORE UPDATE OR DELETE ON pay_payrun
FOR EACH ROW WHEN (OLD.state = 'closed') EXECUTE FUNCTION pay_closed_stays_closed();

CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE ON pay_payentry
FOR EACH ROW EXECUTE FUNCTION pay_closed_stays_closed();

CREATE TRIGGER entries_come_with_closing BEFORE INSERT ON pay_payentry
FOR EACH ROW EXECUTE FUNCTION pay_entries_come_with_closing();
"""
ALLOW = """
DROP TRIGGER closed_stays_closed ON pay_payrun;
DROP TRIGGER entries_stay ON pay_payentry;
DROP TRIGGER entries_come_with_closing ON pay_payentry;
DROP FUNCTION pay_closed_stays_closed();
DROP FUNCTION pay_entries_come_with_closing();
"""


class Migration(migrations.Migration):
    dependencies = [("pay", "0001_initial")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
