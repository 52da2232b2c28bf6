"""The demo company's line: the demo carrier as a trunk, a number, a brand name, and quotas that hold a day of calls."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from chot.charges.models import Brand, CallPurpose, Quota
from chot.core import clock
from chot.switchboard.actions import save_number, save_trunk
from chot.switchboard.models import Number, Trunk

CARRIER, ADDRESS = "carrier", "127.0.0.10"


@transaction.atomic
def load_lines() -> None:
    """Once; later starts leave alone what was changed."""
    if Trunk.objects.exists():
        return
    trunk = Trunk(name=CARRIER, title="Nhà mạng thử", operator="Viettel", host=ADDRESS, headers="X-Brand: {brand}")
    save_trunk(trunk, "", by=None)
    number = Number(number="+842471234567", title="Tổng đài Hà Nội", trunk=trunk)
    save_number(number, by=None)
    year = clock.today().year
    brand = Brand.objects.create(
        name="CHOT DEMO", certificate="1234/CN-TDD", purpose=CallPurpose.ADVERTISING,
        valid_from=date(year, 1, 1), valid_to=date(year + 1, 12, 31),
    )  # fmt: skip
    brand.numbers.set([number])
    Quota.objects.create(holder="agent", period="day", limit_vnd=150_000)
    Quota.objects.create(holder="team", period="month", limit_vnd=20_000_000)


@transaction.atomic
def carrier_at(port: int) -> bool:
    """The demo carrier listens there; False when it is known."""
    trunk = Trunk.objects.select_for_update().filter(name=CARRIER, host=ADDRESS).exclude(port=port).first()
    if trunk is None:
        return False
    trunk.port = port
    save_trunk(trunk, "", by=None)
    return True
