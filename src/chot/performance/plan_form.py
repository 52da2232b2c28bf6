"""The designer's form over a plan document: fields with their problems, and what was typed written back into the YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.kpi.metrics import Metric
from chot.people.models import Role, User
from chot.performance.plan_editing import NotYamlError, node_at, path_of, place_of, tree, with_entry, with_value, without_entry, written
from chot.performance.plan_reading import said
from chot.performance.queries_plans import goal_titles
from chot.performance.workplace import metrics, read_plan

_PAIR = re.compile(r"(\S+?)\s*(?:→|->|:|\s)\s*(\S+)")  # 70% → 0%
_NEW = {
    "items": ("metric", "weight", "target", "scale"), "gates": ("title", "when", "otherwise"), "lines": ("name", "title", "formula"),
    "commission": ("on", "tiers", "mode", "title"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input: its name is the path in the document, its problems those of that place."""

    name: str
    label: str
    value: str
    kind: str = "text"
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    problems: Sequence[Problem] = ()

    @property
    def id(self) -> str:
        """The input's id in the page."""
        return f"f-{self.name.replace('.', '-')}"


class Form:
    """The fields of one document. A document that is no YAML has none: then only its text can be edited."""

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        self.text, self.problems = text, problems
        self.root: yaml.MappingNode | None
        try:
            self.root = tree(text)
        except NotYamlError:
            self.root = None

    def value(self, name: str) -> str:
        """What the document says there, as a person types it."""
        node = node_at(self.root, path_of(name)) if self.root else None
        return pairs_shown(written(node)) if name.endswith((".points", ".tiers")) else written(node)

    def field(self, name: str, label: str, **more: Any) -> Field:
        """One field with its problems."""
        place = place_of(name)
        own = [each for each in self.problems if each.field == place or each.field.startswith((f"{place}.", f"{place}["))]
        return Field(name=name, label=label, value=self.value(name), problems=own, **more)

    def entries(self, key: str) -> list[str]:
        """The names of the list entries or of the mapping's entries below ``key``."""
        node = node_at(self.root, (key,)) if self.root else None
        if isinstance(node, yaml.SequenceNode):
            return [f"{key}.{place}" for place in range(len(node.value))]
        return [f"{key}.{name.value}" for name, _value in node.value] if isinstance(node, yaml.MappingNode) else []

    def goal(self) -> list[Field]:
        """Step 1: what for, and whom."""
        goals = [("", _("no goal")), *goal_titles().items()]
        periods = [("month", _("month")), ("quarter", _("quarter")), ("week", _("week"))]
        who = [self.field("team", _("Teams"))] if self.value("team") else [self.field("role", _("Role in plans"))]
        return [
            self.field("title", _("Title")), self.field("goal", _("Goal"), kind="select", options=_with(goals, self.value("goal"))), *who,
            self.field("period", _("Paid by"), kind="select", options=_with(periods, self.value("period"))),
        ]  # fmt: skip

    def items(self) -> list[dict[str, Any]]:
        """Step 2: the KPIs, one row each."""
        scales = [(name, name) for each in self.entries("scales") for name in [each.split(".", 1)[1]]]
        about = metrics()
        return [
            {
                "name": each, "influence": influence(about.get(self.value(f"{each}.metric"))), "more": self._item_more(each), "fields": [
                    self.field(f"{each}.metric", _("KPI"), kind="select", options=_with(metric_options(), self.value(f"{each}.metric"))),
                    self.field(f"{each}.title", _("Called")), self.field(f"{each}.weight", _("Weight"), kind="number"),
                    self.field(f"{each}.target", _("Target")),
                    self.field(f"{each}.scale", _("Scale"), kind="select", options=_with(scales, self.value(f"{each}.scale"))),
                    self.field(f"{each}.min_sample", _("Smallest sample"), kind="number"),
                ],
            }
            for each in self.entries("items")
        ]  # fmt: skip

    def _item_more(self, each: str) -> list[Field]:
        """What few items need: whose figures, what an unmeasured item pays, which way is better, a goal of its own."""
        scopes = [("", _("the person's own")), ("team", _("the figures of the team")), ("company", _("the figures of the company"))]
        unmeasured = [
            ("", _("its weight goes to the other KPIs")), ("neutral", _("it pays as if the target were reached")),
            ("zero", _("it pays nothing")),
        ]  # fmt: skip
        directions = [("", _("as the KPI is")), ("higher", _("higher is better")), ("lower", _("lower is better"))]
        goals = [("", _("the plan's goal")), *goal_titles().items()]
        chosen = [
            ("of", _("Whose figures"), scopes), ("unmeasured", _("When not measured"), unmeasured),
            ("direction", _("Which way"), directions), ("goal", _("Goal"), goals),
        ]  # fmt: skip
        return [
            self.field(f"{each}.{key}", label, kind="select", options=_with(options, self.value(f"{each}.{key}")))
            for key, label, options in chosen
        ]

    def scales(self) -> list[dict[str, Any]]:
        """Step 2: the scales."""
        modes = [("linear", _("straight lines between the points")), ("step", _("steps"))]
        return [
            {
                "name": each.split(".", 1)[1], "mode": f"{each}.mode", "points": f"{each}.points",
                "fields": [
                    self.field(f"{each}.mode", _("Between the points"), kind="select", options=_with(modes, self.value(f"{each}.mode"))),
                    self.field(f"{each}.points", _("Attainment → payout")),
                ],
            }
            for each in self.entries("scales")
        ]

    def rewards(self) -> list[dict[str, Any]]:
        """Step 3: what is paid."""
        modes = [("marginal", _("on the part within each tier")), ("whole", _("on the whole amount"))]
        groups = [
            {
                "title": _("Bonus and guarantee"), "name": "", "fields": [
                    self.field("bonus_vnd", _("Bonus at 100 %, in đồng"), kind="number"),
                    self.field("guarantee.periods", _("Guaranteed periods"), kind="number"),
                    self.field("guarantee.lookback", _("Average of how many periods"), kind="number"),
                ],
            }
        ]  # fmt: skip
        for each in self.entries("gates"):
            fields = [("title", _("Called")), ("when", _("Condition")), ("otherwise", _("Otherwise the bonus counts"))]
            groups.append(self._group(each, _("Gate"), fields))
        for each in self.entries("commission"):
            group = self._group(each, _("Commission"), [("title", _("Called")), ("tiers", _("Above → rate"))])
            on = self.value(f"{each}.on")
            group["fields"].insert(1, self.field(f"{each}.on", _("Computed on"), kind="select", options=_with(metric_options(), on)))
            written_mode = self.value(f"{each}.mode")
            options = _with(modes, written_mode) if written_mode else [("", modes[0][1]), modes[1]]
            group["fields"].append(self.field(f"{each}.mode", _("How the rate applies"), kind="select", options=options))
            groups.append(group)
        for each in self.entries("lines"):
            groups.append(self._group(each, _("Formula line"), [("title", _("Called")), ("formula", _("Formula"))]))
        by = self.value("pool.by")
        pool = [
            self.field("pool.vnd", _("Shared pool, in đồng"), kind="number"),
            self.field("pool.by", _("Shared out by"), kind="select", options=_with([("", "–"), *metric_options()], by)),
        ]
        return [*groups, {"title": _("Shared pool"), "name": "", "fields": pool}]

    def _group(self, name: str, title: str, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
        return {"title": title, "name": name, "fields": [self.field(f"{name}.{key}", label) for key, label in fields]}

    def rollout(self) -> list[Field]:
        """Step 4: when, and who looks after it."""
        return [
            self.field("plan", _("Plan id"), hint=_("small letters, digits and -")),
            self.field("starts", _("Starts on"), kind="date"), self.field("ends", _("Ends on"), kind="date"),
            self.field("announced", _("Announced on"), kind="date", hint=_("empty: the day on which it is announced here")),
            self.field("supervisor", _("Supervisor"), kind="select", options=_with([("", "–"), *supervisors()], self.value("supervisor"))),
        ]  # fmt: skip

    @property
    def metric_options(self) -> list[tuple[str, str]]:
        """Every KPI that an item may name."""
        return metric_options()

    @property
    def amount_options(self) -> list[tuple[str, str]]:
        """Every KPI in đồng, for commissions."""
        known = metrics()
        return [each for each in metric_options() if known[each[0]].unit == "vnd"]

    def weights(self) -> int | None:
        """What the weights add up to; None when one is no whole number."""
        found = [self.value(f"{each}.weight") for each in self.entries("items")]
        return sum(int(each) for each in found) if all(re.fullmatch(r"\d{1,4}", each, re.ASCII) for each in found) else None

    def loose(self) -> list[Problem]:
        """The problems that belong to no field of the form."""
        if self.root is None:
            return list(self.problems)
        shown = {problem for field in self.all_fields() for problem in field.problems}
        return [each for each in self.problems if each not in shown]

    def all_fields(self) -> Iterator[Field]:
        """Every field of the form."""
        yield from self.goal()
        for group in [*self.items(), *self.scales(), *self.rewards()]:
            yield from group["fields"]
            yield from group.get("more", ())
        yield from self.rollout()


def influence(metric: Metric | None) -> str:
    """Who can move a KPI, in the reader's language; empty for an unknown one."""
    return said(metric.influence) if metric else ""


def supervisors() -> list[tuple[str, str]]:
    """Those who may look after a plan: leaders and managers, by the name under which plans know them."""
    people = User.objects.filter(is_active=True, role__in=[Role.LEADER, Role.MANAGER]).order_by("name")
    return [(each.agent_id or each.username, each.name) for each in people]


def _with(options: Sequence[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """The options, and the present value when it is none of them: nothing is lost by saving."""
    return [*options, *([(value, value)] if value not in dict(options) else [])]


def metric_options() -> list[tuple[str, str]]:
    """Every metric by its title."""
    return sorted(((name, said(metric.title)) for name, metric in metrics().items()), key=lambda each: each[1])


def pairs_shown(text: str) -> str:
    """Points and tiers as people write them.

    >>> pairs_shown("[[70%, 0%], [100%, 100%]]")
    '70% → 0%; 100% → 100%'
    """
    found = re.findall(r"\[\s*([^\[\],]+?)\s*,\s*([^\[\],]+?)\s*\]", text)
    return "; ".join(f"{left} → {right}" for left, right in found) if found else text


def pairs_written(text: str) -> str:
    """Points and tiers as the plan language writes them; what is none stays as it is, so that the reader of plans names it.

    >>> pairs_written("70% → 0%; 100 %->100%")
    '[[70%, 0%], [100%, 100%]]'
    """
    parts = [part.strip() for part in re.sub(r"\s+%", "%", text).split(";") if part.strip()]
    matches = [_PAIR.fullmatch(part) for part in parts]
    if not parts or not all(matches):
        return text
    return f"[{', '.join(f'[{match[1]}, {match[2]}]' for match in matches if match)}]"


def applied(posted: Mapping[str, str]) -> tuple[str, list[str]]:
    """The document after the form was sent, and the places where the text and a field were both changed (the text wins).

    ``posted`` holds the text as shown (``base``), as sent (``text``), and the fields; a field counts when it was changed.
    """
    base, text = (posted.get(name, "").replace("\r\n", "\n") for name in ("base", "text"))
    shown, typed, both = Form(base), Form(text), list[str]()
    if shown.root is None or typed.root is None:
        return text, both
    result = text
    for name, value in _changed(shown, posted):
        if typed.value(name) != shown.value(name):
            both.append(place_of(name))
        else:
            result = with_value(result, path_of(name), pairs_written(value) if name.endswith((".points", ".tiers")) else value)
    removed = sorted((name.removeprefix("remove.") for name in posted if name.startswith("remove.")), key=lambda name: -_last(name))
    if removed and text != base:
        both += [place_of(name) for name in removed]
    else:
        for name in removed:
            result = without_entry(result, path_of(name))
    for key, names in _NEW.items():
        fields = {name: posted.get(f"new.{key}.{name}", "").strip() for name in names}
        if fields[names[0]]:
            fields |= {"tiers": pairs_written(fields["tiers"])} if "tiers" in fields else {}
            result = with_entry(result, key, fields)
    return _with_new_scale(result, posted), both


def _with_new_scale(text: str, posted: Mapping[str, str]) -> str:
    """The document with the scale that the form adds; one of that name that is there already stays."""
    name = "_".join(posted.get("new.scales.name", "").split())
    if not name or Form(text).value(f"scales.{name}"):
        return text
    mode, points = posted.get("new.scales.mode", "linear"), pairs_written(posted.get("new.scales.points", "") or "70% → 0%; 100% → 100%")
    return with_value(text, ("scales", name), f"{{mode: {mode}, points: {points}}}")


def _last(name: str) -> int:
    step = name.rpartition(".")[2]
    return int(step) if step.isdecimal() else -1


def _changed(shown: Form, posted: Mapping[str, str]) -> list[tuple[str, str]]:
    known = {field.name: field.value for field in shown.all_fields()}
    return [(name, posted[name].strip()) for name, value in known.items() if name in posted and posted[name].strip() != value]


def problems_of(text: str) -> tuple[Problem, ...]:
    """Everything that keeps a document from being a plan; nothing when it is one."""
    try:
        read_plan(text)
    except InputError as error:
        return error.problems
    return ()
