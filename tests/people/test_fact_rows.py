"""Every operational fact table has the columns of the contract, and nothing of the contract is missing."""

from __future__ import annotations

import pytest
from django.db import models

from chot.calls.models import Call
from chot.customers.models import Lead, Order, Ticket
from chot.kpi.schema import TABLES
from chot.quality.models import Exam, Review, Survey

MODELS: dict[str, type[models.Model]] = {
    "calls": Call, "leads": Lead, "orders": Order, "tickets": Ticket, "surveys": Survey, "reviews": Review, "exams": Exam,
}  # fmt: skip
FIELDS = {
    "id": models.CharField, "text": models.CharField, "int": models.BigIntegerField, "bool": models.BooleanField,
    "time": models.DateTimeField, "enum": models.CharField,
}  # fmt: skip

WORDS = {
    "leads": {"title", "source"}, "tickets": {"title", "details"}, "exams": {"name", "points", "maximum", "note"},
    "reviews": {"form", "marks", "comment", "reviewed_by"},
}  # fmt: skip
"""What people write beside the contract; no metric counts it."""


@pytest.mark.parametrize("name", MODELS)
def test_columns_are_those_of_the_contract(name: str) -> None:
    fields = {each.name: each for each in MODELS[name]._meta.concrete_fields}
    table = TABLES[name]
    assert set(fields) - {"id", "written_at"} - WORDS.get(name, set()) == set(table.names)
    assert fields[table.key[0]].unique
    for column in table.columns:
        field = fields[column.name]
        assert type(field) is FIELDS[column.type]
        if column.type == "enum":
            assert {value for value, _label in field.choices or ()} == set(column.values)
        if column.type in ("time", "int"):
            assert field.null != column.required
