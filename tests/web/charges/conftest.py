"""A company with a trunk, a number and a brand name."""

from __future__ import annotations

from datetime import date

import pytest

from chot.charges.models import Brand, CallCharge, Quota, QuotaUse
from chot.switchboard.models import Number, Trunk


@pytest.fixture
def trunk(db: None) -> Trunk:
    """Of Viettel, with the number 024 7123 4567 shown."""
    for model in (CallCharge, Quota, QuotaUse):
        model.objects.all().delete()
    Brand.objects.all().delete()
    Number.objects.all().delete()
    Trunk.objects.all().delete()
    made = Trunk.objects.create(name="viettel", title="Viettel", operator="Viettel", host="198.51.100.7")
    Number.objects.create(number="+842471234567", trunk=made, title="Hà Nội")
    return made


@pytest.fixture
def brand(trunk: Trunk) -> Brand:
    """For advertising, at Viettel only."""
    made = Brand.objects.create(
        name="CHOT SHOP", certificate="123/CN", valid_from=date(2026, 1, 1), valid_to=date(2027, 12, 31), purpose="advertising",
        operators=["Viettel"],
    )  # fmt: skip
    made.numbers.set(trunk.numbers.all())
    return made
