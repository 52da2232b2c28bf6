"""Search customers by name, number, e-mail and id among a million: p50 and p95, beside a plain ``ILIKE`` in the same run.

    python benchmarks/customers.py [--rows 1000000] [--searches 200]

On an embedded PostgreSQL in a scratch folder, through the application's own ``queries.listed``, which ranks and fetches whole
customers with their tags. Names have the frequencies of real ones, so that "nguyen" means a third of everyone. The baseline is
what one would write without thinking: ``ILIKE '%words%'`` over name, number, e-mail and id, the first fifty.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FIGURE_MS = 100


def start(folder: Path) -> object:
    """An empty database with the application's tables."""
    os.environ.setdefault("CHOT_SECRET_KEY", "benchmark")
    os.environ["DJANGO_SETTINGS_MODULE"] = "chot.config.settings"
    from chot.config.database import start as start_server

    address, server = start_server(folder)
    os.environ["DATABASE_URL"] = address
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return server


def fill(rows: int) -> list[tuple[str, str, str, str]]:
    """Customers by COPY; a sample of (id, name, phone, email)."""
    import numpy as np
    from django.db import connection

    from chot.core.text import unaccented
    from chot.demo.names import usual_names

    chance = random.Random(7)
    names = usual_names(np.random.default_rng(7), rows)
    sample = []
    columns = "customer_id, name, search_name, phone, email, owner, created_at"
    with connection.cursor() as cursor, cursor.copy(f"COPY customers_customer ({columns}) FROM STDIN") as copy:
        for place, name in enumerate(names):
            bare = unaccented(name)
            phone = f"+849{chance.randrange(10**8):08d}"
            email = f"{bare.split()[-1]}.{place}@example.com" if place % 3 == 0 else ""
            row = (f"kh{place:07d}", name, bare, phone, email, f"a{place % 200:03d}", "2026-11-01T00:00:00+07:00")
            copy.write_row(row)
            if chance.random() < 2_000 / rows:
                sample.append((row[0], name, phone, email))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_customer")
        cursor.execute("VACUUM ANALYZE customers_customerphone")
    return sample


def asked(sample: list[tuple[str, str, str, str]], chance: random.Random) -> dict[str, Callable[[], str]]:
    """What people type, by kind."""
    from chot.core.phones import national

    def one() -> tuple[str, str, str, str]:
        return chance.choice(sample)

    return {
        "whole name": lambda: one()[1],
        "family name, beginning of the given": lambda: " ".join([*(parts := one()[1].split())[:1], parts[-1][:2]]),
        "family name alone": lambda: one()[1].split()[0],
        "whole number": lambda: national(one()[2]),
        "first six digits": lambda: national(one()[2])[:6],
        "last four digits": lambda: one()[2][-4:],
        "e-mail": lambda: next(row[3] for row in iter(one, None) if row[3])[:9],
        "id": lambda: one()[0],
    }


def timed(ask: Callable[[str], object], texts: list[str]) -> list[float]:
    """Milliseconds of each."""
    found = []
    for text in texts:
        begun = time.perf_counter()
        ask(text)
        found.append((time.perf_counter() - begun) * 1000)
    return found


def plain(text: str) -> object:
    """The baseline."""
    from django.db.models import Q

    from chot.core.text import unaccented
    from chot.customers.models import Customer

    words = unaccented(text)
    number = f"84{text[1:]}" if text.startswith("0") else text
    either = Q(search_name__icontains=words) | Q(phone__icontains=number) | Q(email__icontains=text) | Q(customer_id__icontains=text)
    return list(Customer.objects.filter(either).order_by("search_name")[:50])


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--plain", type=int, default=10, help="searches of each kind for the slow baseline")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder))
        try:
            begun = time.perf_counter()
            sample = fill(given.rows)
            print(f"{given.rows:,} customers in {time.perf_counter() - begun:.0f} s")
            measure(sample, given.searches, given.plain)
        finally:
            from django.db import connections

            connections.close_all()
            server.cleanup()  # type: ignore[attr-defined]


def measure(sample: list[tuple[str, str, str, str]], searches: int, slow: int) -> None:
    from chot.customers.queries import Asked, listed

    every: list[float] = []
    for kind, text in asked(sample, random.Random(11)).items():
        texts = [text() for _ in range(searches)]
        timed(lambda words: listed(Asked(q=words)), texts[:5])
        ours, theirs = timed(lambda words: listed(Asked(q=words)), texts), timed(plain, texts[:slow])
        every += ours
        beside = f"plain ILIKE p50 {statistics.median(theirs):7.0f} ms  p95 {p95(theirs):7.0f} ms"
        print(f"{kind:38} p50 {statistics.median(ours):7.1f} ms  p95 {p95(ours):7.1f} ms   {beside}")
    print(f"{'all':38} p50 {statistics.median(every):7.1f} ms  p95 {p95(every):7.1f} ms   wanted: p95 under {FIGURE_MS} ms")


if __name__ == "__main__":
    main()
