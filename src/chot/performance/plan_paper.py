"""An announced plan on paper: in plain words, with what changed, the worked example, and the hash of the document."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chot.people.signing import signed
from chot.people.templatetags.figures import count, day, measured, moment, percent, period, said, vnd
from chot.performance.models import Acknowledgement, PlanVersion
from chot.performance.plan_changes import Change, commission_words, gate_words, guarantee_words, line_words, pool_words
from chot.performance.plan_reading import language
from chot.printing.paper import Paper


def plan_paper(read: Mapping[str, Any]) -> bytes:
    """The PDF of what the announcement's page shows one reader; the same content is the same file."""
    saved: PlanVersion = read["plan"]
    foot = _("%(plan)s · version %(version)s · document %(hash)s") % {
        "plan": saved.plan_id, "version": saved.version[:8], "hash": saved.document_hash,
    }  # fmt: skip
    whose = read["name"] if read["agent_id"] else ""
    paper = Paper(title=saved.title, subtitle=whose, language=language(), foot=foot, at=saved.announced_at or saved.created_at)
    _head(paper, saved, read["read"], read["given"])
    if read["before"]:
        _changes(paper, read["before"].title, read["changes"])
    if read["example"]:
        _example(paper, read["example"], read["name"])
    _items(paper, read["read"])
    _rules(paper, read["read"])
    return paper.content()


def signed_paper(read: Mapping[str, Any]) -> bytes:
    """The same with the company's signature, kept: who asks again gets the very file that was signed. A draft is not signed."""
    saved: PlanVersion = read["plan"]
    content = plan_paper(read)
    if saved.state == PlanVersion.State.DRAFT:
        return content
    path = Path(settings.VAR) / "announcements" / str(saved.pk) / f"{sha256(content).hexdigest()[:32]}.pdf"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        draft.write_bytes(signed(content, reason=_("Announcement of %(plan)s") % {"plan": saved.title}))
        with suppress(FileExistsError):  # whoever is first; the other's file stays as it is
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()


def _head(paper: Paper, saved: PlanVersion, words: Mapping[str, Any], given: Acknowledgement | None) -> None:
    facts = [
        (_("Goal"), words["goal"] or "–"), (_("From – to"), f"{day(saved.starts)} – {day(saved.ends)}"),
        (_("Bonus at 100 %"), vnd(words["bonus_vnd"])), (_("Announced"), day(saved.announced_at)),
        (_("Applies to"), words["who"]), (_("Supervisor"), words["supervisor"] or "–"),
    ]  # fmt: skip
    if given and given.state == Acknowledgement.State.AGREED:
        facts.append((_("Acknowledged"), moment(given.answered_at)))
    paper.facts(facts)


def _changes(paper: Paper, title: str, changes: Sequence[Change]) -> None:
    paper.heading(_("What changes against “%(title)s”") % {"title": title})
    if not changes:
        paper.text(_("Nothing: the rules are the same."))
        return
    marks = {"added": _("new"), "removed": _("dropped"), "changed": _("changed")}
    rows = [[marks[each.kind], each.what, each.before or "–", each.after or "–"] for each in changes]
    paper.table(["", _("Rule"), _("Before"), _("Now")], rows, align="llll", widths=(1.2, 3, 4, 4))


def _example(paper: Paper, example: Mapping[str, Any], name: str) -> None:
    paper.heading(_("Worked example: %(name)s in %(period)s by this plan") % {"name": name, "period": period(example["period"])})
    rows = [[line["title"], _how(line), vnd(line["amount_vnd"])] for line in example["lines"]]
    total = [_("Variable pay"), "", vnd(example["variable_vnd"])]
    paper.table([_("Line"), _("How it comes about"), _("Amount")], rows, align="llr", widths=(3, 6, 2), total=total)
    paper.note(_("Computed from the real figures of that period by the rules of this plan; it is an example and is not paid."))


def _how(line: Mapping[str, Any]) -> str:
    item = line["item"]
    if not item:
        return _("the gated sum counts %(share)s") % {"share": percent(line["factor"], 0)} if line.get("factor") else ""
    if item["status"] != "measured":
        return _("not measured in that period")
    reached = _("%(actual)s against a target of %(target)s: %(attained)s reached") % {
        "actual": measured(item["actual"], item["unit"]), "target": measured(item["target"], item["unit"]),
        "attained": percent(item["attainment"]),
    }  # fmt: skip
    pays = _("pays %(payout)s of %(weight)s of %(bonus)s") % {
        "payout": percent(item["payout"]), "weight": percent(item["share"]), "bonus": vnd(item["bonus_vnd"]),
    }  # fmt: skip
    return f"{reached}\n{pays}"


def _items(paper: Paper, words: Mapping[str, Any]) -> None:
    paper.heading(_("KPIs"))
    rows = []
    for item in words["items"]:
        title = f"{item['title']} ({_('lower is better')})" if item["lower"] else item["title"]
        about = said(item["about"])
        if item["min_sample"]:
            below = _("Below %(number)s cases: %(what)s") % {"number": count(item["min_sample"]), "what": item["unmeasured"]}
            about = f"{about}\n{below}"
        target = f"{item['target']}\n{item['of']}" if item["of"] else item["target"]
        rows.append([f"{title}\n{about}", f"{item['weight']} %", vnd(item["worth_vnd"]), target, said(item["influence"])])
    heads = [_("KPI"), _("Weight"), _("Worth"), _("Target"), _("Who can move it")]
    paper.table(heads, rows, align="lrrll", widths=(4.4, 1.3, 2, 2.2, 2.8))
    paper.heading(_("From attainment to payout"))
    for scale in words["scales"]:
        how = _("straight lines between the points") if scale["linear"] else _("steps")
        steps = "; ".join(f"{step['at']} → {step['pays']}" for step in scale["steps"])
        paper.text(f"{scale['of']} ({how}): {steps}")


def _rules(paper: Paper, words: Mapping[str, Any]) -> None:
    paper.heading(_("What else counts"))
    sentences = [
        *(gate_words(each) for each in words["gates"]), *(commission_words(each) for each in words["commission"]),
        *(line_words(each) for each in words["lines"]),
    ]  # fmt: skip
    if words["pool"]:
        sentences.append(pool_words(words["pool"]))
    if words["guarantee"]:
        sentences.append(guarantee_words(words["guarantee"]))
    paper.points([*sentences, *words["proration"], _("Base pay is never reduced by a KPI.")])
