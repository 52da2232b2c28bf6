"""The main number of a customer is among its numbers, whichever program writes the customer."""

from __future__ import annotations

from django.db import migrations

KEEP = """
CREATE FUNCTION customers_keep_main_phone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers_customerphone SET main = false WHERE customer_id = NEW.id AND main AND phone <> NEW.phone;
  IF NEW.phone <> '' THEN
    INSERT INTO customers_customerphone (customer_id, phone, label, main) VALUES (NEW.id, NEW.phone, '', true)
    ON CONFLICT (customer_id, phone) DO UPDATE SET main = true;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_main_phone AFTER INSERT ON customers_customer
FOR EACH ROW WHEN (NEW.phone <> '') EXECUTE FUNCTION customers_keep_main_phone();
CREATE TRIGGER follow_main_phone AFTER UPDATE OF phone ON customers_customer
FOR EACH ROW WHEN (OLD.phone IS DISTINCT FROM NEW.phone) EXECUTE FUNCTION customers_keep_main_phone();
INSERT INTO customers_customerphone (customer_id, phone, label, main)
SELECT id, phone, '', true FROM customers_customer WHERE phone <> '' ON CONFLICT DO NOTHING;
"""
LEAVE = """
DROP TRIGGER keep_main_phone ON customers_customer;
DROP TRIGGER follow_main_phone ON customers_customer;
DROP FUNCTION customers_keep_main_phone();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_crm")]
    operations = [migrations.RunSQL(KEEP, LEAVE)]
