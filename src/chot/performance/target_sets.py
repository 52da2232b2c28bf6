"""Individual targets of plans: sets in the database that a plan names as it names a CSV file beside it.

A set's name ends in the hash of its content, so a document that names one always means the same targets.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from chot.core import clock
from chot.core.money import decimal_text
from chot.kpi.plan import PerAgentTargets, Plan
from chot.kpi.target_files import COLUMNS, beside
from chot.people.models import User
from chot.performance.models import TargetSet

_NAMED = re.compile(r"""(per_agent\s*:\s*["']?)([^\s,}"'#]+)""")  # target: {per_agent: targets.csv}


def names_in(text: str) -> list[str]:
    """The target files that a plan document names, each once."""
    return list(dict.fromkeys(match[2] for match in _NAMED.finditer(text)))


def stored(text: str) -> dict[str, str]:
    """The stored sets that a document names: their CSV text by name."""
    names = names_in(text)
    return dict(TargetSet.objects.filter(name__in=names).order_by("name").values_list("name", "text")) if names else {}


def reasons(plan: Plan, agent_id: str) -> dict[str, dict[str, Any]]:
    """Where an agent's own targets of a plan come from, by metric, as it was when they became part of it."""
    named = {item.target.path: None for item in plan.items if isinstance(item.target, PerAgentTargets)}
    if not named:
        return {}
    kept = dict(TargetSet.objects.filter(name__in=list(named)).values_list("name", "why"))
    return {
        item.metric.id: why
        for item in plan.items
        if isinstance(item.target, PerAgentTargets) and (why := kept.get(item.target.path, {}).get(item.metric.id, {}).get(agent_id))
    }


def reasons_of(name: str) -> dict[str, dict[str, Any]]:
    """Where the targets of a stored set come from, by metric and agent; empty without any."""
    return dict(TargetSet.objects.filter(name=name).values_list("why", flat=True).first() or {})


def csv_of(rows: Iterable[tuple[str, str, Fraction | Decimal]]) -> str:
    """Targets (agent, metric, value) as the file that the plan language reads."""
    lines = [",".join(COLUMNS), *(f"{agent},{metric},{decimal_text(Fraction(value), 6)}" for agent, metric, value in sorted(rows))]
    return "\n".join(lines) + "\n"


def keep(text: str, *, plan_id: str, by: User | None, why: Mapping[str, Any] | None = None) -> TargetSet:
    """The set with this content; the same content twice is the same set."""
    name = f"{plan_id}-targets-{hashlib.sha256(text.encode()).hexdigest()[:16]}.csv"
    found, _new = TargetSet.objects.get_or_create(name=name, defaults={"text": text, "why": why or {}, "by": by, "at": clock.now()})
    return found


def with_kept_files(text: str, *, folder: Path, plan_id: str, by: User | None, given: Mapping[str, str] | None = None) -> str:
    """The document with every file that it names beside it kept as a set, and named so: what is saved never changes with a file."""
    known, files = stored(text), given or {}
    for name in names_in(text):
        path = beside(folder, name)
        if name in known or path is None or not (name in files or path.is_file()):
            continue
        content = files[name] if name in files else path.read_text(encoding="utf-8-sig")
        text = renamed(text, {name: keep(content, plan_id=plan_id, by=by).name})
    return text


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The document with other names for its target files."""
    return _NAMED.sub(lambda match: match[1] + names.get(match[2], match[2]), text)
