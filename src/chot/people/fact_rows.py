"""What the operational fact tables share: rows of the facts' contract, kept by the database to the contract's bounds."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chot.kpi.schema import TABLES


class FactRow(models.Model):
    """A row of a fact table: the contract's columns under the contract's names; an empty text is an empty cell."""

    written_at = models.DateTimeField(auto_now=True, db_default=Now(), editable=False)

    class Meta:
        abstract = True


def checks(name: str) -> list[models.BaseConstraint]:
    """The contract of a fact table as constraints: required texts, allowed words, bounds, and times that do not run backwards."""
    table, found = TABLES[name], dict[str, models.Q]()
    for column in table.columns:
        if column.required and column.type in ("id", "text"):
            found[f"{name}_{column.name}_given"] = ~models.Q(**{column.name: ""})
        if column.values:
            allowed = column.values if column.required or column.empty is not None else (*column.values, "")
            found[f"{name}_{column.name}_known"] = models.Q(**{f"{column.name}__in": sorted(allowed)})
        if column.low is not None:
            found[f"{name}_{column.name}_low"] = models.Q(**{f"{column.name}__gte": column.low})
        if column.high is not None:
            found[f"{name}_{column.name}_high"] = models.Q(**{f"{column.name}__lte": column.high})
    for start, end in table.order:
        found[f"{name}_{end}_after_{start}"] = models.Q(**{f"{end}__gte": models.F(start)})
    if len(table.moment) > 1:
        some = models.Q()
        for moment in table.moment:
            some |= models.Q(**{f"{moment}__isnull": False})
        found[f"{name}_has_a_day"] = some
    return [models.CheckConstraint(condition=condition, name=name) for name, condition in found.items()]
