"""The guards that need nothing but the plan and its records: K5, K6, K7 and L3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from chot.kpi.findings import Finding, Thresholds
from chot.kpi.metrics import Words
from chot.kpi.plan import Plan
from chot.kpi.settling import ClosedRun


def too_late(plan: Plan, today: date | None) -> bool:
    """Whether the plan was not announced and has no day left on which it could be."""
    return plan.announced is None and today is not None and plan.starts <= today


def transparency(
    plan: Plan, *, acknowledged: Sequence[str] | None, members: Sequence[str], today: date | None = None
) -> Iterator[Finding]:  # fmt: skip
    """K5: lines without a title, a plan that is not announced (while it still can be), acknowledgements that are missing."""
    untitled = [f"line:{line.name}" for line in plan.lines if not line.title]
    if untitled:
        yield Finding(
            code="K5",
            severity="note",
            subject=", ".join(untitled),
            figures={"lines": len(untitled)},
            what=Words(vi="Dòng tiền chưa có tên gọi cho nhân viên", en="Lines without a title that staff can read"),
            suggestion=Words(vi="Đặt tên cho từng dòng", en="Give each line a title"),
            written="title:",
        )
    if not plan.title:
        yield Finding(
            code="K5",
            severity="warning",
            subject=plan.id,
            what=Words(vi="Kế hoạch chưa có tên", en="The plan has no title"),
            suggestion=Words(vi="Đặt tên cho kế hoạch", en="Give the plan a title"),
            written="title:",
        )
    if plan.announced is None and not too_late(plan, today):
        yield Finding(
            code="K5",
            severity="error",
            subject=plan.id,
            what=Words(vi="Kế hoạch chưa được công bố", en="The plan has not been announced"),
            suggestion=Words(vi="Công bố trước ngày áp dụng", en="Announce it before it starts"),
            written="announced:",
        )
    missing = sorted(set(members) - set(acknowledged)) if acknowledged is not None else []
    if missing:
        yield Finding(
            code="K5",
            severity="warning",
            subject=", ".join(missing[:10]),
            figures={"missing": len(missing), "members": len(members)},
            what=Words(vi="Nhân viên chưa xác nhận đã đọc kế hoạch", en="Agents who have not acknowledged the plan"),
            suggestion=Words(vi="Nhắc từng người đọc và xác nhận", en="Ask each of them to read and acknowledge it"),
        )


def number_of_metrics(plan: Plan, limits: Thresholds) -> Iterator[Finding]:
    """K6: too many items, and items too light to matter."""
    count = len(plan.items)
    if count >= limits.k6_warning_items:
        yield Finding(
            code="K6",
            severity="error" if count >= limits.k6_error_items else "warning",
            subject=plan.id,
            figures={"items": count},
            what=Words(vi=f"Kế hoạch có {count} chỉ số", en=f"The plan has {count} KPIs"),
            suggestion=Words(vi="Giữ ba đến bốn chỉ số quan trọng nhất", en="Keep the three or four that matter most"),
        )
    for item in plan.items:
        if item.weight < limits.k6_weight:
            yield Finding(
                code="K6",
                severity="warning",
                subject=item.metric.id,
                figures={"weight": item.weight},
                what=Words(
                    vi=f"Tỷ trọng {item.weight} quá nhỏ để ai đó quan tâm", en=f"A weight of {item.weight} is too small to be noticed"
                ),
                suggestion=Words(
                    vi=f"Bỏ chỉ số này hoặc cho từ {limits.k6_weight} trở lên", en=f"Drop it or give it {limits.k6_weight} or more"
                ),
            )


def time_to_adapt(plan: Plan, closed: Sequence[ClosedRun], limits: Thresholds, today: date | None = None) -> Iterator[Finding]:
    """K7: announced late or too late, changed inside its own range, or changed without a guarantee."""
    if too_late(plan, today):
        yield Finding(
            code="K7",
            severity="error",
            subject=plan.id,
            figures={"needed": limits.k7_days},
            what=Words(
                vi=f"Đã quá muộn để công bố: kế hoạch áp dụng từ {plan.starts:%d/%m/%Y}",
                en=f"It is too late to announce this plan: it starts on {plan.starts:%d/%m/%Y}",
            ),
            suggestion=Words(
                vi=f"Lùi ngày áp dụng sang kỳ sau, cách ngày công bố ít nhất {limits.k7_days} ngày",
                en=f"Start in a later period, at least {limits.k7_days} days after the day on which it is announced",
            ),
            written="starts:",
        )
    if plan.announced is not None:
        days = (plan.starts - plan.announced).days
        if days < limits.k7_days:
            yield Finding(
                code="K7",
                severity="error",
                subject=plan.id,
                figures={"days": days, "needed": limits.k7_days},
                what=Words(vi=f"Chỉ công bố trước khi áp dụng {days} ngày", en=f"Announced only {days} days before it starts"),
                suggestion=Words(
                    vi=f"Lùi ngày áp dụng để có ít nhất {limits.k7_days} ngày", en=f"Start later: at least {limits.k7_days} days"
                ),
            )
    changed = [run for run in closed if run.plan.id == plan.id and run.plan.version != plan.version and run.period.last >= plan.starts]
    if changed:
        yield Finding(
            code="K7",
            severity="error",
            subject=plan.id,
            figures={"closed_run": changed[-1].run_id, "period": str(changed[-1].period)},
            what=Words(vi="Kế hoạch bị sửa khi đang áp dụng", en="The plan was changed while it was running"),
            suggestion=Words(vi="Đặt mã mới, áp dụng từ kỳ sau", en="Give it a new id and start it in a later period"),
        )
    before = [run for run in closed if run.period.last < plan.starts and run.plan.version != plan.version]
    if before and plan.guarantee is None:
        yield Finding(
            code="K7",
            severity="warning",
            subject=plan.id,
            figures={"previous_plan": before[-1].plan.id},
            what=Words(
                vi="Đổi cách tính mà không bảo đảm thu nhập những kỳ đầu", en="The scheme changes without a guarantee for the first periods"
            ),
            suggestion=Words(
                vi="Thêm bảo đảm thu nhập, chẳng hạn 2 kỳ đầu theo trung bình 3 kỳ trước",
                en="Add a guarantee, such as the average of the last 3 periods for the first 2",
            ),
            written="guarantee: {periods: 2, lookback: 3}",
        )


def publication(plan: Plan, consulted: date | None, today: date | None = None) -> Iterator[Finding]:
    """L3: the rule is published, after consulting the workers' organisation (Labour Code 2019, Art. 104)."""
    if too_late(plan, today):
        yield Finding(
            code="L3",
            severity="error",
            subject=plan.id,
            what=Words(
                vi="Quy chế thưởng sẽ áp dụng cho những ngày trước khi được công bố",
                en="The bonus rule would apply to days before its publication",
            ),
            suggestion=Words(
                vi="Cho áp dụng từ sau ngày công bố tại nơi làm việc (Bộ luật Lao động 2019, điều 104)",
                en="Let it start after the day of its publication at the workplace (Labour Code 2019, Art. 104)",
            ),
        )
    elif plan.announced is None:
        yield Finding(
            code="L3",
            severity="error",
            subject=plan.id,
            what=Words(vi="Không có ngày công bố quy chế thưởng", en="No day of publication of the bonus rule"),
            suggestion=Words(
                vi="Công bố tại nơi làm việc (Bộ luật Lao động 2019, điều 104)",
                en="Publish it at the workplace (Labour Code 2019, Art. 104)",
            ),
        )
    elif consulted is None:
        yield Finding(
            code="L3",
            severity="note",
            subject=plan.id,
            what=Words(
                vi="Chưa có biên bản tham khảo ý kiến tổ chức đại diện người lao động",
                en="No record of consulting the workers' organisation",
            ),
            suggestion=Words(
                vi="Ghi ngày và biên bản ở trang công bố của kế hoạch", en="Record its day and minutes on the plan's page of records"
            ),
            written="records.yaml",
        )
    elif plan.announced < consulted:
        yield Finding(
            code="L3",
            severity="warning",
            subject=plan.id,
            figures={"consulted": consulted.isoformat(), "announced": plan.announced.isoformat()},
            what=Words(vi="Tham khảo ý kiến sau khi đã công bố", en="Consulted only after publication"),
            suggestion=Words(vi="Tham khảo ý kiến trước, rồi công bố lại", en="Consult first, then publish again"),
        )


def percent(value: Fraction) -> str:
    """A share as whole per cent, for sentences."""
    return f"{float(value * 100):.0f} %"
